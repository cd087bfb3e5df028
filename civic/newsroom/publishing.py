"""The verbs of a release 发布: queued per channel, live with a signed version, corrected, pulled with a tombstone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from civic import ledger
from civic.access.actor import Actor
from civic.cases import revisits
from civic.kit import clock, text
from civic.kit.result import Invalid
from civic.ledger import numbers, timers
from civic.models import Correction, Coverage, Publication, StoryPage, db
from civic.notify import outbox
from civic.reference import county, outlets

Data = Mapping[str, Any]


def queue(actor: Actor, story: Coverage, data: Data) -> Publication:
    """Plans a release on `channel` (a code of the county's settings); `not_before` is a moment, `slot` optional.

    With an upstream medium `level` and `outlet` say which; one story may be out with several of them.
    """
    channel = county.current().channel(str(data.get("channel") or ""))
    if data.get("channel") and channel is None:
        raise Invalid({"channel": "没有这个渠道。"})
    ledger.lock(f"coverage:{story.id}")
    db.session.refresh(story)
    above = channel is not None and channel.kind == "upstream"
    item = ledger.new(
        Publication, coverage_id=story.id, channel=channel.code if channel else "", version=0,
        not_before=data.get("not_before"), slot=text.clean(str(data.get("slot") or "")), link="",
        level=str(data.get("level") or "") if above else "", outlet=text.clean(str(data.get("outlet") or "")) if above else "",
        internal=channel is not None and not outlets.get(channel.code).public, is_demo=story.is_demo)
    ledger.create(actor, "publication", item, "queue", data)
    db.session.expire(story, ["publications"])
    return item


def _hold(item: Publication) -> Coverage:
    """The story of a release as it is now, held until the transaction ends: what is signed cannot change under us."""
    ledger.lock(f"coverage:{item.coverage_id}")
    db.session.refresh(item.coverage)
    return item.coverage


def go_live(actor: Actor, item: Publication, data: Data | None = None, seen: int | None = None) -> Publication:
    """Puts it out with the version that is signed now. A person gives the `link` or the `slot`.

    We record and do not post: the clock may say that a planned slot has come, and where there is neither slot nor link
    it only tells the desk that it is time.
    """
    given, story = dict(data or {}), _hold(item)
    if actor.kind == "system":
        given.setdefault("slot", item.slot)
        if not given["slot"] and not item.link and _may_go(actor, item):
            return _ask_for_link(item)

    def apply(moment: datetime) -> None:
        item.version, item.live_at = story.approved_version, moment
        item.link = text.clean(given.get("link") or "") or item.link
        item.slot = text.clean(given.get("slot") or "") or item.slot
        kept["version"] = item.version
        story.due_at = None
        timers.cancel("coverage", item.coverage_id, moment)
        _page(item, moment)
    kept = {name: given[name] for name in ("link", "slot") if given.get(name)}
    ledger.perform(actor, "publication", item, "go_live", given, seen=seen, apply=apply, log=kept)
    revisits.after_story(item)
    return item


def _may_go(actor: Actor, item: Publication) -> bool:
    return any(view.move.command == "go_live" and view.allowed for view in ledger.moves(actor, "publication", item))


def _ask_for_link(item: Publication) -> Publication:
    """Its time has come and nobody has said where it is: the desk puts it out there and writes it down."""
    outbox.steer(f"publication:{item.id}:due:{item.not_before}", "role:duty", "publication.nudge",
                {"object": str(item.id), "note": "到了定好的时间，发出去以后请填上链接或版面", "timer": "go_live"})
    return item


def _page(item: Publication, moment: datetime) -> None:
    """The story's own public page: made at the first public release, and dated at every later one."""
    if item.internal:
        return
    page = db.session.scalar(select(StoryPage).where(StoryPage.coverage_id == item.coverage_id))
    if page is None:
        year = clock.local(moment).year
        db.session.add(ledger.new(StoryPage, coverage_id=item.coverage_id, first_live_at=moment, changed_at=moment,
                                  number=f"{year}-{numbers.next_value(f'story:{year}'):04d}"))
    else:
        page.changed_at = moment


def correct(actor: Actor, item: Publication, data: Data, seen: int | None = None) -> Publication:
    """Moves what is live to the newer signed version; the note is public."""
    story = _hold(item)

    def apply(moment: datetime) -> None:
        kept.update({"from": item.version, "version": story.approved_version})
        db.session.add(ledger.new(
            Correction, publication_id=item.id, coverage_id=item.coverage_id, channel=item.channel, at=moment, note=text.clean(data["note"]),
            from_version=item.version, to_version=story.approved_version, by_id=actor.user_id, internal=item.internal))
        _page(item, moment)
        item.version = story.approved_version
        item.correction, item.corrected_at = text.clean(data["note"]), moment
        story.due_at = None
        timers.cancel("coverage", story.id, moment)
    kept: dict[str, Any] = {"note": data.get("note")}
    ledger.perform(actor, "publication", item, "correct", data, seen=seen, apply=apply, log=kept)
    return item


def _pull(command: str) -> Any:
    def verb(actor: Actor, item: Publication, data: Data, seen: int | None = None) -> Publication:
        def apply(moment: datetime) -> None:
            item.pulled_at, item.pull_reason = moment, text.clean(data["reason"])
            if item.live_at is not None:
                _page(item, moment)
        ledger.perform(actor, "publication", item, command, data, seen=seen, apply=apply)
        return item
    return verb


pull, unqueue = _pull("pull"), _pull("unqueue")

OPERATIONS = {("publication", "go_live"): go_live, ("publication", "correct"): correct,
              ("publication", "pull"): pull, ("publication", "unqueue"): unqueue}
