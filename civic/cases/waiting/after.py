"""What comes after an answer and waits for the desk: doubts, broken promises, second confirmers, marks, limits, looks back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import DateTime, cast, exists, func, literal, or_, select

from civic.access.actor import Actor
from civic.cases.waiting.part import Part, part
from civic.kit import clock
from civic.models import (
    Answer,
    AnswerFlag,
    Assignment,
    Case,
    ContactLimit,
    DemandMark,
    Promise,
    Referral,
    Revisit,
    SecondLook,
    Tip,
    Verification,
)

WORKING_DAY = timedelta(days=1)
_LAST = select(func.max(Answer.version)).where(Answer.referral_id == Referral.id).correlate(Referral).scalar_subquery()
_LOOKING = exists().where(Assignment.case_id == Case.id, Assignment.kind == "verify",
                          Assignment.state.in_(("offered", "accepted", "submitted")))


def doubts(_: Actor, __: datetime) -> Part:
    """A citizen says no: hand the work back once, or say why the answer stands (R27)."""
    return part("doubt", Case.id, title=Case.title, number=Case.number, town=Case.town, due=SecondLook.due_at, urgency=Case.urgency,
                since=SecondLook.created_at, extra=(SecondLook.why,)).join(SecondLook, SecondLook.case_id == Case.id).where(
        SecondLook.decision == "open", Case.state.in_(("open", "closed")))


def promises(_: Actor, moment: datetime) -> Part:
    """The day of a promise is here or past, and nobody is on the way to look (R21)."""
    today = clock.local(moment).date()
    due = func.timezone(clock.TZ.key, cast(func.min(Promise.due_on), DateTime) + timedelta(hours=17))
    looked = exists().where(Verification.referral_id == Referral.id, Verification.verified_at > func.timezone(
        clock.TZ.key, cast(Promise.due_on, DateTime)))
    return part("promise", Referral.id, title=Case.title, number=Referral.number, town=Case.town, due=due, urgency=Case.urgency,
                since=func.min(Promise.created_at), extra=(Referral.department, func.min(Promise.due_on), func.max(Promise.state))).join(
        Case, Case.id == Referral.case_id).join(Promise, Promise.referral_id == Referral.id).where(
        Promise.state.in_(("running", "broken")), Promise.due_on <= today, Referral.state.in_(("answered", "settled")),
        or_(Case.state == "open", Case.resolution == "planned"), ~_LOOKING, ~looked).group_by(Referral.id, Case.id)


def flags(actor: Actor, _: datetime) -> Part:
    """An answer like a template waits for somebody to stand for it, or for a second person (R24)."""
    return part("flag", Referral.id, title=Case.title, number=Referral.number, town=Case.town,
                due=Answer.created_at + WORKING_DAY, urgency=Case.urgency, since=Answer.created_at,
                extra=(Referral.department, AnswerFlag.similarity, AnswerFlag.overlap)).join(Case, Case.id == Referral.case_id).join(
        Answer, Answer.referral_id == Referral.id).join(AnswerFlag, AnswerFlag.answer_id == Answer.id).where(
        Answer.version == _LAST, ~Answer.released, AnswerFlag.confirmed_by.is_(None), Referral.state == "answered")


def marks(actor: Actor, _: datetime) -> Part:
    """A unit asks for a mark, or a citizen appeals against one that somebody else granted (R30)."""
    return part("mark", Referral.id, title=Case.title, number=Referral.number, town=Case.town, urgency=Case.urgency,
                due=func.coalesce(DemandMark.appealed_at, DemandMark.created_at) + WORKING_DAY,
                since=func.coalesce(DemandMark.appealed_at, DemandMark.created_at),
                extra=(Referral.department, DemandMark.kind, DemandMark.appeal_decision)).join(Case, Case.id == Referral.case_id).join(
        DemandMark, DemandMark.referral_id == Referral.id).where(or_(
            DemandMark.decision == "asked",
            (DemandMark.appeal_decision == "asked") & (DemandMark.decided_by != actor.user_id)))


def limits(actor: Actor, _: datetime) -> Part:
    """Somebody proposes to slow a sender down: another person decides (R31)."""
    title = func.coalesce(func.nullif(Tip.title, ""), func.left(Tip.text, 60))
    return part("limit", Tip.id, title=title, number=Tip.number, town=Tip.town, due=ContactLimit.created_at + WORKING_DAY,
                since=ContactLimit.created_at, extra=(ContactLimit.ground,)).join(ContactLimit, ContactLimit.tip_id == Tip.id).where(
        ContactLimit.decision == "asked", ContactLimit.asked_by != actor.user_id)


def looks_back(_: Actor, moment: datetime) -> Part:
    """A look back nobody took: the offer lapsed, or there was no squad to offer it to (R29, R39)."""
    gone = exists().where(Assignment.id == Revisit.assignment_id, Assignment.state.in_(("declined", "cancelled")))
    return part("look_back", Case.id, title=Case.title, number=Case.number, town=Case.town, due=func.min(Revisit.due_at),
                urgency=Case.urgency, since=func.min(Revisit.created_at), extra=(func.min(Revisit.kind), literal(""))).join(
        Revisit, Revisit.case_id == Case.id).where(
        Revisit.outcome == "waiting", Case.state.in_(("open", "closed")), ~_LOOKING,
        or_(gone, Revisit.assignment_id.is_(None) & (Revisit.due_at < moment))).group_by(Case.id)
