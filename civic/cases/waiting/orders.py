"""Orders that wait for the desk: to be sent, checked, settled, decided, released, chased."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    case,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from civic.access.actor import Actor
from civic.cases.waiting.part import REMINDED, Part, part, timer
from civic.models import (
    Answer,
    Assignment,
    Case,
    Conference,
    Event,
    Extension,
    Objection,
    Pause,
    Referral,
    Supervision,
    Suspension,
    Timer,
    User,
    Verification,
)


def _order_part(kind: str, due: Any, *extra: Any, since: Any = None) -> Part:
    return part(kind, Referral.id, title=Case.title, number=Referral.number, town=Case.town, due=due,
                urgency=case((Referral.sla == "E", "emergency"), else_=Case.urgency), since=Referral.created_at if since is None else since,
                extra=(Referral.department, *extra)).join(Case, Case.id == Referral.case_id)


_VERSION = select(func.max(Answer.version)).where(Answer.referral_id == Referral.id).scalar_subquery()
_RESULT = select(Answer.result).where(Answer.referral_id == Referral.id).order_by(Answer.version.desc()).limit(
    1).scalar_subquery()
_LOOKED = exists().where(Verification.referral_id == Referral.id, Verification.verified_at > Referral.answered_at)
_LOOKING = exists().where(
    Assignment.case_id == Referral.case_id, Assignment.kind == "verify",
    Assignment.state.in_(("offered", "accepted", "submitted")),
    or_(Assignment.referral_id.is_(None), Assignment.referral_id == Referral.id))
_PAUSED = or_(exists().where(Pause.referral_id == Referral.id, Pause.ended_at.is_(None)),
              exists().where(Suspension.referral_id == Referral.id, Suspension.ended_at.is_(None)))
"""The clock stands still: a question waits for its answer, or a typhoon mode runs (R43)."""


_CONFERRED = exists().where(Conference.referral_id == Referral.id, Conference.decided_at.is_(None))


def answers(_: Actor, __: datetime) -> Part:
    """Answered and nobody on the way to look: check it and send somebody."""
    return _order_part("answer", timer("referral", Referral.id, "verify"), _VERSION, _RESULT,
                       since=Referral.answered_at).where(Referral.state == "answered", ~_LOOKING, ~_LOOKED)


def settle(_: Actor, __: datetime) -> Part:
    """Answered and looked at since: settle, or send it back."""
    return _order_part("settle", timer("referral", Referral.id, "verify"), _VERSION, _RESULT,
                       since=Referral.answered_at).where(Referral.state == "answered", ~_LOOKING, _LOOKED)


def release(_: Actor, __: datetime) -> Part:
    """The last answer of an order of a public case is still kept back (one day at most)."""
    newer = aliased(Answer)
    last = ~exists().where(newer.referral_id == Answer.referral_id, newer.version > Answer.version)
    return _order_part("release", Answer.created_at + timedelta(days=1), Answer.version, Answer.result,
                       since=Answer.created_at).join(Answer, Answer.referral_id == Referral.id).where(
        last, ~Answer.released, ~Answer.hidden, Case.exposure == "public", Case.state == "open",
        Referral.state.in_(("answered", "settled", "working", "unanswered")))


def objections(_: Actor, __: datetime) -> Part:
    """Asked and not decided: due one working day after it was asked (R14)."""
    due = func.coalesce(Objection.due_at, Referral.due_at, Referral.sign_due_at)
    return _order_part("objection", due, Objection.unit,
                       since=Objection.asked_at).join(Objection, Objection.referral_id == Referral.id).where(
        Objection.state == "asked", Referral.state.in_(("sent", "working")), ~_CONFERRED)


def conferences(_: Actor, __: datetime) -> Part:
    """A conference that has not decided: three working days from the second objection (R16)."""
    return _order_part("conference", Conference.due_at, func.cardinality(Conference.units), since=Conference.opened_at).join(
        Conference, Conference.referral_id == Referral.id).where(
        Conference.decided_at.is_(None), Referral.state.in_(("sent", "working")))


def extensions(_: Actor, __: datetime) -> Part:
    """Asked for and not decided: due one working day after it was asked (R17)."""
    due = func.coalesce(timer("referral", Referral.id, "decide_extension"), Referral.due_at)
    return _order_part("extension", due, Extension.until, since=Extension.asked_at).join(
        Extension, Extension.referral_id == Referral.id).where(
        Extension.state == "asked", Referral.state == "working")


def pauses(_: Actor, __: datetime) -> Part:
    return _order_part("pause", Pause.until, since=Pause.started_at).join(
        Pause, Pause.referral_id == Referral.id).where(Pause.ended_at.is_(None), Referral.state == "working")


def order_late(_: Actor, moment: datetime) -> Part:
    """Overdue, not paused, and nobody has reminded for two days."""
    reminded = exists().where(Event.machine == "referral", Event.object_id == Referral.id,
                              Event.command.in_(("remind", "supervise")), Event.at > moment - REMINDED)
    return _order_part("order_late", Referral.due_at, Referral.reminders).where(
        Referral.state == "working", Referral.due_at < moment, ~_PAUSED, ~reminded)


def send(actor: Actor, _: datetime) -> Part:
    """Drafts by somebody else; those of grade A cases are the chief editor's to send."""
    grades = [Case.grade == "A"] if "chief" in actor.grants else []
    grades += [Case.grade != "A"] if "duty" in actor.grants else []
    drafter = aliased(User)
    return _order_part("send", timer("referral", Referral.id, "send"), drafter.name).outerjoin(
        drafter, drafter.id == Referral.drafted_by).where(
        Referral.state == "draft", Case.state == "open", or_(*grades),
        or_(Referral.drafted_by.is_(None), Referral.drafted_by != actor.user_id))


def give_up(_: Actor, moment: datetime) -> Part:
    struck = exists().where(Timer.machine == "referral", Timer.object_id == Referral.id, Timer.name == "long_overdue",
                            Timer.cancelled_at.is_(None), Timer.due_at <= moment)
    return _order_part("give_up", Referral.due_at, Referral.reminders).where(
        Referral.state == "working", Referral.escalated_at.is_not(None), ~_PAUSED, struck)


def supervisions(actor: Actor, _: datetime) -> Part:
    """The unit has answered a supervision: accept it or send it back. The first level is the chief editor's (R19)."""
    levels = ([1] if "chief" in actor.grants else []) + ([1, 2, 3] if "supervisor" in actor.grants else [])
    return _order_part("supervision", Supervision.answered_at + timedelta(days=1), Supervision.level,
                       since=Supervision.answered_at).join(Supervision, Supervision.referral_id == Referral.id).where(
        Supervision.state == "answered", Supervision.level.in_(levels))
