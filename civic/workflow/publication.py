"""Publication 发布: one row per channel. A correction moves it to a newer signed version; a pull leaves a tombstone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from civic.workflow.facts import PublicationFacts
from civic.workflow.machine import N_, NOTHING, Ask, Field, Machine, Move, TimerSpec

STATES = {"queued": N_("待发"), "live": N_("已发"), "pulled": N_("已撤")}
NOTICE = timedelta(hours=2, minutes=30)
LEVELS = (("state", N_("央级")), ("province", N_("省级")), ("city", N_("市级")))


def _approved(facts: PublicationFacts, _: Ask) -> str | None:
    """The story is signed by all three levels now."""
    return None if facts.coverage_state == "approved" else N_("稿件还没有终审签发。")


def _channel_free(facts: PublicationFacts, _: Ask) -> str | None:
    """Nothing of this story is queued or live on the channel."""
    return N_("这个渠道已经有待发或已发的一条。") if facts.channel_taken else None


def earliest(not_before: datetime | None, embargo_until: datetime | None) -> datetime | None:
    """The moment from which it may go out: the later of the chosen time and the case's embargo. Both simply expire."""
    known = [moment for moment in (not_before, embargo_until) if moment is not None]
    return max(known) if known else None


def _channel_named(facts: PublicationFacts, ask: Ask) -> Mapping[str, str] | None:
    """With an upstream medium: which one, and of what level."""
    if not facts.upstream:
        return None
    wrong = {}
    if not str(ask.payload.get("outlet") or "").strip():
        wrong["outlet"] = N_("请写是哪一家上级媒体。")
    if not ask.payload.get("level"):
        wrong["level"] = N_("请选上级媒体的级别。")
    return wrong or None


def _words_signed(facts: PublicationFacts, _: Ask) -> str | None:
    """What the channel says beyond the signed version has a signature of its own."""
    return N_("这个渠道的文字里有签发稿没有的话，等总编辑补签。") if facts.words_unsigned else None


def _embargo_over(facts: PublicationFacts, ask: Ask) -> str | None:
    """The case's embargo has passed, also when it was set or moved after queueing."""
    return N_("案件还在保密期内。") if facts.embargo_until and ask.now < facts.embargo_until else None


def _noticed(facts: PublicationFacts, ask: Ask) -> str | None:
    """The units named in a critical story were told."""
    if not facts.critical or facts.waived:
        return None
    if facts.untold:
        return f"批评性报道要先告知被报道单位（播前 2.5 小时），还没有告知：{'、'.join(facts.untold)}。"
    return None if facts.notice_at else N_("批评性报道要先告知被报道单位（播前 2.5 小时）。")


def _notice_ripe(facts: PublicationFacts, ask: Ask) -> str | None:
    """They were told at least two and a half hours ago."""
    if facts.critical and not facts.waived and facts.notice_at and ask.now < facts.notice_at + NOTICE:
        return N_("告知被报道单位还不满 2.5 小时。")
    return None


def _no_bare_faces(facts: PublicationFacts, _: Ask) -> str | None:
    """Nobody is shown who did not agree, or who took it back since the signatures."""
    if not facts.bare_faces:
        return None
    return f"图片里的人没有同意，也没有遮挡：{'、'.join(facts.bare_faces)}。"


def _time_reached(facts: PublicationFacts, ask: Ask) -> str | None:
    """The chosen time has come."""
    return N_("还没到定好的时间。") if facts.not_before and ask.now < facts.not_before else None


def _newer_version(facts: PublicationFacts, _: Ask) -> str | None:
    """A newer version has been signed."""
    if facts.coverage_state != "approved" or facts.approved_version <= facts.version:
        return N_("要先有新的签发版本才能更正。")
    return _words_signed(facts, _)


def _link_or_slot(_: PublicationFacts, ask: Ask) -> Mapping[str, str] | None:
    """A person who puts it out gives the link or the slot."""
    if "Y" in ask.roles or ask.payload.get("link") or ask.payload.get("slot"):
        return None
    return {"link": N_("请填链接，或播出的版面、时段。")}


def _web_address(_: PublicationFacts, ask: Ask) -> Mapping[str, str] | None:
    """The link is a web address: it is shown to everybody, so nothing a browser would run."""
    link = str(ask.payload.get("link") or "").strip()
    if not link:
        return None
    try:
        parts = urlsplit(link)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not any(sign.isspace() for sign in link)
    except ValueError:
        good = False
    return None if good else {"link": N_("链接要以 http:// 或 https:// 开头。")}


MACHINE = Machine(
    name="publication",
    label=N_("发布"),
    states=STATES,
    ends=frozenset({"live", "pulled"}),
    moves=(
        Move("publication", "queue", (NOTHING,), "queued", ("D",), N_("排发布"),
             fields=(Field("channel", "channel", N_("渠道")),
                     Field("not_before", "datetime", N_("不早于"), required=False),
                     Field("slot", "line", N_("版面或时段"), required=False, limit=80),
                     Field("level", "choice", N_("上级媒体的级别"), required=False, choices=LEVELS, hint=N_("只有上级媒体要填")),
                     Field("outlet", "line", N_("哪一家上级媒体"), required=False, limit=60, hint=N_("只有上级媒体要填，例如省电视台"))),
             guards=(_approved, _channel_free, _noticed), checks=(_channel_named,), lane="news"),
        Move("publication", "go_live", ("queued",), "live", ("D", "Y"), N_("发出"),
             fields=(Field("link", "line", N_("链接"), required=False, limit=400),
                     Field("slot", "line", N_("版面或时段"), required=False, limit=80)),
             guards=(_approved, _words_signed, _embargo_over, _time_reached, _noticed, _notice_ripe, _no_bare_faces),
             checks=(_link_or_slot, _web_address), lane="news", tells=("tipsters", "author"), public=True),
        Move("publication", "correct", ("live",), "live", ("D", "E3"), N_("更正"),
             fields=(Field("note", "text", N_("更正说明"), limit=300, least=4, seen_by=N_("所有人看到")),),
             guards=(_newer_version, _no_bare_faces), lane="news", tells=("author",), public=True),
        Move("publication", "unqueue", ("queued",), "pulled", ("D", "E3"), N_("取消排发"),
             fields=(Field("reason", "text", N_("理由"), limit=300, least=2),), lane="news", tells=("author",)),
        Move("publication", "pull", ("live",), "pulled", ("D", "E3"), N_("撤下"),
             fields=(Field("reason", "text", N_("撤下说明"), limit=300, least=2,
                           seen_by=N_("所有人看到（撤下说明）")),),
             lane="news", tells=("author",), public=True, danger=True),
    ),
    timers={"queued": (TimerSpec("go_live", "publication.go_live", "go_live", N_("到时自动发出")),)},
)
