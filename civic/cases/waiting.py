"""What may wait for a person: one SELECT for each kind, all of the same shape, for `cases.queue`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    Text,
    Uuid,
    and_,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from civic.access.actor import Actor
from civic.kit import clock
from civic.models import (
    Answer,
    Assignment,
    Case,
    Coverage,
    Event,
    Extension,
    Media,
    Objection,
    Outbox,
    Pause,
    Publication,
    Referral,
    Signature,
    Team,
    Timer,
    Tip,
    User,
    Verification,
    Version,
)
from civic.workflow.machine import N_

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
SEPARATOR = "\x1f"
STUCK = timedelta(minutes=15)
"""A timer this long past its moment was not fired by the clock: somebody has to look."""
REMINDED = timedelta(days=2)
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of waiting: its tab, the machine of its row, and what is to be done, in words."""

    group: str
    machine: str
    todo: str


KINDS: Mapping[str, Kind] = {
    "tip": Kind("tips", "tip", N_("受理")),
    "appeal": Kind("tips", "tip", N_("复核申诉")),
    "dispatch": Kind("dispatch", "case", N_("派任务，或转办")),
    "task_late": Kind("dispatch", "assignment", N_("催一催，或换人")),
    "author": Kind("dispatch", "coverage", N_("指定作者")),
    "task_check": Kind("check", "assignment", N_("验收")),
    "wrapping": Kind("check", "case", N_("结案，或再派")),
    "revisit": Kind("check", "case", N_("回头看")),
    "answer": Kind("answers", "referral", N_("核对答复、派回访")),
    "settle": Kind("answers", "referral", N_("办结，或退回重办")),
    "release": Kind("answers", "referral", N_("公开答复")),
    "objection": Kind("answers", "referral", N_("决定异议")),
    "extension": Kind("answers", "referral", N_("批延期")),
    "pause": Kind("answers", "referral", N_("给材料，恢复计时")),
    "order_late": Kind("answers", "referral", N_("催办")),
    "send": Kind("sign", "referral", N_("审核发出")),
    "story_sign": Kind("sign", "coverage", N_("签审")),
    "publish": Kind("sign", "coverage", N_("排发布")),
    "go_live": Kind("sign", "publication", N_("发出")),
    "correct": Kind("sign", "publication", N_("更正到新版本")),
    "give_up": Kind("sign", "referral", N_("决定是否按未答复处理")),
    "timers": Kind("system", "", N_("看看后台时钟")),
    "dead_letters": Kind("system", "", N_("看看没送到的消息")),
}

Part = Select[Any]


def _part(kind: str, key: Any, *, title: Any, number: Any = "", town: Any = None, due: Any = None,
          urgency: Any = "normal", since: Any, extra: tuple[Any, ...] = ()) -> Part:
    def words(value: Any) -> ColumnElement[str]:
        return cast(null() if value is None else value, Text) if not isinstance(value, str) else literal(value, Text)
    more = func.concat_ws(SEPARATOR, *(func.coalesce(cast(item, Text), "") for item in extra)) if extra else literal("")
    return select(
        literal(kind, Text).label("kind"), literal(KINDS[kind].group, Text).label("grp"),
        cast(key, Uuid).label("id"), words(title).label("title"), words(number).label("number"),
        words(town).label("town"), cast(null() if due is None else due, DateTime(timezone=True)).label("due_at"),
        words(urgency).label("urgency"), cast(more, Text).label("extra"), since.label("since"))


def _timer(machine: str, key: Any, name: str) -> Any:
    """When the running clock of a row strikes or struck: the latest one that was not stopped."""
    return select(func.max(Timer.due_at)).where(
        Timer.machine == machine, Timer.object_id == key, Timer.name == name,
        Timer.cancelled_at.is_(None)).scalar_subquery()


# -- tips -------------------------------------------------------------------------------------------------------------


def _tips(actor: Actor, _: datetime) -> Part:
    return _tip_part("tip").where(Tip.state == "new", ~Tip.appealed)


def _appeals(actor: Actor, _: datetime) -> Part:
    """An appeal waits for somebody other than the person who declined it."""
    return _tip_part("appeal").where(Tip.state == "new", Tip.appealed,
                                     or_(Tip.declined_by.is_(None), Tip.declined_by != actor.user_id))


def _tip_part(kind: str) -> Part:
    photos = select(func.count()).where(Media.tip_id == Tip.id).scalar_subquery()
    title = func.coalesce(func.nullif(Tip.title, ""), func.left(Tip.text, 60))
    return _part(kind, Tip.id, title=title, number=Tip.number, town=Tip.town, due=Tip.due_at, urgency=Tip.urgency,
                 since=Tip.submitted_at, extra=(Tip.consent, photos, Tip.channel))


# -- cases ------------------------------------------------------------------------------------------------------------


def _case_part(kind: str, due: Any) -> Part:
    return _part(kind, Case.id, title=Case.title, number=Case.number, town=Case.town, due=due, urgency=Case.urgency,
                 since=Case.updated_at, extra=(Case.tip_count, Case.grade))


def _dispatch(_: Actor, moment: datetime) -> Part:
    today = clock.local(moment).date()
    return _case_part("dispatch", _timer("case", Case.id, "dispatch")).where(
        Case.state == "open", Case.stage == "queued", or_(Case.hold_until.is_(None), Case.hold_until <= today))


def _wrapping(actor: Actor, _: datetime) -> Part:
    """Grade A is closed by the chief editor, the rest by the desk."""
    grades = [Case.grade == "A"] if "chief" in actor.grants else []
    grades += [Case.grade != "A"] if "duty" in actor.grants else []
    return _case_part("wrapping", None).where(Case.state == "open", Case.stage == "wrapping", or_(*grades))


def _revisit(_: Actor, moment: datetime) -> Part:
    today = clock.local(moment).date()
    due = func.timezone(clock.TZ.key, cast(Case.revisit_on, DateTime) + timedelta(hours=17))
    again = exists().where(Assignment.case_id == Case.id, Assignment.kind == "verify",
                           Assignment.created_at >= func.timezone(clock.TZ.key, cast(Case.revisit_on, DateTime)))
    return _case_part("revisit", due).where(Case.state == "closed", Case.revisit_on <= today, ~again)


# -- tasks ------------------------------------------------------------------------------------------------------------


def _task_part(kind: str, due: Any) -> Part:
    return _part(kind, Assignment.id, title=Case.title, number=Case.number, town=Case.town, due=due,
                 urgency=Case.urgency, since=Assignment.created_at,
                 extra=(Assignment.kind, func.coalesce(User.name, Team.name))).join(
        Case, Case.id == Assignment.case_id).outerjoin(User, User.id == Assignment.assignee_id).outerjoin(
        Team, Team.id == Assignment.team_id)


def _task_check(actor: Actor, _: datetime) -> Part:
    return _task_part("task_check", _timer("assignment", Assignment.id, "check")).where(
        Assignment.state == "submitted",
        or_(Assignment.assignee_id.is_(None), Assignment.assignee_id != actor.user_id))


def _task_late(_: Actor, moment: datetime) -> Part:
    """A task past its date, or one its holder has been silent on since the clock asked."""
    asked = aliased(Timer)
    moved = exists().where(Event.machine == "assignment", Event.object_id == Assignment.id, Event.at > asked.fired_at)
    silent = exists(select(asked.id).where(
        asked.machine == "assignment", asked.object_id == Assignment.id, asked.name == "silent",
        asked.fired_at.is_not(None), ~moved))
    return _task_part("task_late", Assignment.due_at).where(
        Assignment.state == "accepted", or_(Assignment.due_at < moment, silent))


# -- orders -----------------------------------------------------------------------------------------------------------


def _order_part(kind: str, due: Any, *extra: Any, since: Any = None) -> Part:
    return _part(kind, Referral.id, title=Case.title, number=Referral.number, town=Case.town, due=due,
                 urgency=Case.urgency, since=Referral.created_at if since is None else since,
                 extra=(Referral.department, *extra)).join(Case, Case.id == Referral.case_id)


_VERSION = select(func.max(Answer.version)).where(Answer.referral_id == Referral.id).scalar_subquery()
_RESULT = select(Answer.result).where(Answer.referral_id == Referral.id).order_by(Answer.version.desc()).limit(
    1).scalar_subquery()
_LOOKED = exists().where(Verification.referral_id == Referral.id, Verification.verified_at > Referral.answered_at)
_LOOKING = exists().where(
    Assignment.case_id == Referral.case_id, Assignment.kind == "verify",
    Assignment.state.in_(("offered", "accepted", "submitted")),
    or_(Assignment.referral_id.is_(None), Assignment.referral_id == Referral.id))
_PAUSED = exists().where(Pause.referral_id == Referral.id, Pause.ended_at.is_(None))


def _answers(_: Actor, __: datetime) -> Part:
    """Answered and nobody on the way to look: check it and send somebody."""
    return _order_part("answer", _timer("referral", Referral.id, "verify"), _VERSION, _RESULT,
                       since=Referral.answered_at).where(Referral.state == "answered", ~_LOOKING, ~_LOOKED)


def _settle(_: Actor, __: datetime) -> Part:
    """Answered and looked at since: settle, or send it back."""
    return _order_part("settle", _timer("referral", Referral.id, "verify"), _VERSION, _RESULT,
                       since=Referral.answered_at).where(Referral.state == "answered", ~_LOOKING, _LOOKED)


def _release(_: Actor, __: datetime) -> Part:
    """The last answer of an order of a public case is still kept back (one day at most)."""
    newer = aliased(Answer)
    last = ~exists().where(newer.referral_id == Answer.referral_id, newer.version > Answer.version)
    return _order_part("release", Answer.created_at + timedelta(days=1), Answer.version, Answer.result,
                       since=Answer.created_at).join(Answer, Answer.referral_id == Referral.id).where(
        last, ~Answer.released, ~Answer.hidden, Case.exposure == "public", Case.state == "open",
        Referral.state.in_(("answered", "settled", "working", "unanswered")))


def _objections(_: Actor, __: datetime) -> Part:
    return _order_part("objection", func.coalesce(Referral.due_at, Referral.sign_due_at), Objection.unit,
                       since=Objection.asked_at).join(Objection, Objection.referral_id == Referral.id).where(
        Objection.state == "asked", Referral.state.in_(("sent", "working")))


def _extensions(_: Actor, __: datetime) -> Part:
    return _order_part("extension", Referral.due_at, Extension.until, since=Extension.asked_at).join(
        Extension, Extension.referral_id == Referral.id).where(
        Extension.state == "asked", Referral.state == "working")


def _pauses(_: Actor, __: datetime) -> Part:
    return _order_part("pause", Pause.until, since=Pause.started_at).join(
        Pause, Pause.referral_id == Referral.id).where(Pause.ended_at.is_(None), Referral.state == "working")


def _order_late(_: Actor, moment: datetime) -> Part:
    """Overdue, not paused, and nobody has reminded for two days."""
    reminded = exists().where(Event.machine == "referral", Event.object_id == Referral.id,
                              Event.command.in_(("remind", "supervise")), Event.at > moment - REMINDED)
    return _order_part("order_late", Referral.due_at, Referral.reminders).where(
        Referral.state == "working", Referral.due_at < moment, ~_PAUSED, ~reminded)


def _send(actor: Actor, _: datetime) -> Part:
    """Drafts by somebody else; those of grade A cases are the chief editor's to send."""
    grades = [Case.grade == "A"] if "chief" in actor.grants else []
    grades += [Case.grade != "A"] if "duty" in actor.grants else []
    drafter = aliased(User)
    return _order_part("send", _timer("referral", Referral.id, "send"), drafter.name).outerjoin(
        drafter, drafter.id == Referral.drafted_by).where(
        Referral.state == "draft", Case.state == "open", or_(*grades),
        or_(Referral.drafted_by.is_(None), Referral.drafted_by != actor.user_id))


def _give_up(_: Actor, moment: datetime) -> Part:
    struck = exists().where(Timer.machine == "referral", Timer.object_id == Referral.id, Timer.name == "long_overdue",
                            Timer.cancelled_at.is_(None), Timer.due_at <= moment)
    return _order_part("give_up", Referral.due_at, Referral.reminders).where(
        Referral.state == "working", Referral.escalated_at.is_not(None), ~_PAUSED, struck)


# -- stories and releases ---------------------------------------------------------------------------------------------


def _story_part(kind: str, *extra: Any) -> Part:
    author = aliased(User)
    return _part(kind, Coverage.id, title=Coverage.title, number=Case.number, town=Case.town, due=Coverage.due_at,
                 since=Coverage.created_at, extra=(author.name, Coverage.version, *extra)).outerjoin(
        Case, Case.id == Coverage.case_id).outerjoin(author, author.id == Coverage.author_id)


def _signed(*more: Any) -> ColumnElement[bool]:
    """Whether the current version carries a standing signature (of that level, or by that person)."""
    return exists(select(Signature.id).join(Version, Version.id == Signature.version_id).where(
        Version.coverage_id == Coverage.id, Version.number == Coverage.version, Signature.voided_at.is_(None), *more))


LEVELS = {"review1": 1, "review2": 2, "chief": 3}


def _story_sign(actor: Actor, _: datetime) -> Part:
    """Stories whose next signature is mine: I have neither written nor signed them."""
    turns = []
    for grant, level in LEVELS.items():
        if grant in actor.grants:
            before = [_signed(Signature.level == lower) for lower in range(1, level)]
            turns.append(and_(~_signed(Signature.level == level), *before))
    wrote = exists().where(Version.coverage_id == Coverage.id, Version.author_id == actor.user_id)
    count = select(func.count()).select_from(Signature).join(Version, Version.id == Signature.version_id).where(
        Version.coverage_id == Coverage.id, Version.number == Coverage.version,
        Signature.voided_at.is_(None)).scalar_subquery()
    return _story_part("story_sign", count).where(
        Coverage.state == "in_review", or_(*turns), ~wrote, ~_signed(Signature.user_id == actor.user_id),
        or_(Coverage.author_id.is_(None), Coverage.author_id != actor.user_id))


def _authors(_: Actor, __: datetime) -> Part:
    return _story_part("author").where(Coverage.state == "planned", Coverage.author_id.is_(None))


def _publish(_: Actor, __: datetime) -> Part:
    out = exists().where(Publication.coverage_id == Coverage.id, Publication.state.in_(("queued", "live")))
    return _story_part("publish").where(Coverage.state == "approved", ~out)


def _release_part(kind: str) -> Part:
    return _part(kind, Publication.id, title=Coverage.title, number=Case.number, town=Case.town,
                 due=Publication.not_before, since=Publication.created_at,
                 extra=(Publication.channel, Publication.version)).join(
        Coverage, Coverage.id == Publication.coverage_id).outerjoin(Case, Case.id == Coverage.case_id)


def _go_live(_: Actor, moment: datetime) -> Part:
    return _release_part("go_live").where(
        Publication.state == "queued", or_(Publication.not_before.is_(None), Publication.not_before <= moment))


def _correct(_: Actor, __: datetime) -> Part:
    return _release_part("correct").where(Publication.state == "live", Coverage.state == "approved",
                                          Publication.version < Coverage.approved_version)


# -- the machine room -------------------------------------------------------------------------------------------------


def _stuck(_: Actor, moment: datetime) -> Part:
    """One row for all timers the clock should have fired."""
    return _part("timers", literal(NOBODY, Uuid), title=N_("到时的动作没有执行"), due=func.min(Timer.due_at),
                 since=func.coalesce(func.min(Timer.due_at), moment), extra=(func.count(),)).where(
        Timer.fired_at.is_(None), Timer.cancelled_at.is_(None), Timer.due_at < moment - STUCK).having(func.count() > 0)


def _dead(_: Actor, moment: datetime) -> Part:
    """One row for all messages that could not be delivered."""
    return _part("dead_letters", literal(NOBODY, Uuid), title=N_("有消息没有送到"), due=func.min(Outbox.created_at),
                 since=func.coalesce(func.min(Outbox.created_at), moment), extra=(func.count(),)).where(
        Outbox.state == "dead").having(func.count() > 0)


TRIAGE = frozenset({"intake", "duty"})
DUTY = frozenset({"duty"})
HEAD = frozenset({"duty", "chief"})
REVIEW = frozenset(LEVELS)

PARTS: Mapping[str, tuple[frozenset[str], Callable[[Actor, datetime], Part]]] = {
    "tip": (TRIAGE, _tips), "appeal": (TRIAGE, _appeals), "dispatch": (DUTY, _dispatch), "wrapping": (HEAD, _wrapping),
    "revisit": (DUTY, _revisit), "task_check": (DUTY, _task_check), "task_late": (DUTY, _task_late),
    "answer": (DUTY, _answers), "settle": (DUTY, _settle), "release": (DUTY, _release),
    "objection": (DUTY, _objections), "extension": (DUTY, _extensions), "pause": (DUTY, _pauses),
    "order_late": (DUTY, _order_late), "send": (HEAD, _send), "give_up": (frozenset({"chief"}), _give_up),
    "story_sign": (REVIEW, _story_sign), "author": (DUTY, _authors), "publish": (DUTY, _publish),
    "go_live": (DUTY, _go_live), "correct": (DUTY, _correct), "timers": (HEAD, _stuck), "dead_letters": (HEAD, _dead),
}
"""Kind → the grants any one of which makes it this person's, and its SELECT."""


def parts(actor: Actor, moment: datetime, only: str = "") -> Iterator[Part]:
    """The SELECTs of what may wait for the actor; with `only` just that kind."""
    for kind, (grants, build) in PARTS.items():
        if actor.grants & grants and (not only or only == kind):
            yield build(actor, moment)
