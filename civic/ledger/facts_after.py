"""Facts of what comes after an answer: reviews, flags, promises, marks, calls, doubts, revisits, recurrence (R21–R32, R42)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, or_, select

from civic.geo.near import NEAR_METRES, within
from civic.kit import clock
from civic.models import (
    AnswerFlag,
    AnswerReview,
    Case,
    ContactLimit,
    DemandMark,
    Evaluation,
    Event,
    Grant,
    Identity,
    Promise,
    Referral,
    Revisit,
    SecondLook,
    StubbornCase,
    Tip,
    Urge,
    User,
    db,
)
from civic.reference import calendars, evidence
from civic.workflow import policy
from civic.workflow.calendar import Term

WINDOW = timedelta(days=90)
RECURS = 3
NOT_A_PROBLEM = ("unfounded", "rerouted", "stopped")
"""Closed so, nothing was there that could come back."""
CHANGE = timedelta(days=7)


# -- the order --------------------------------------------------------------------------------------------------------


def order(row: Referral) -> dict[str, Any]:
    """What `ReferralFacts` knows of reviews, flags, promises and marks; four statements."""
    if row.id is None or row.state in ("", "draft"):
        return {}
    last = row.answers[-1] if row.answers else None
    seen = db.session.execute(select(
        AnswerFlag.id, AnswerFlag.confirmed_by,
        exists().where(AnswerReview.answer_id == last.id, AnswerReview.passed).label("reviewed"),
        select(func.count()).select_from(Event).where(Event.machine == "referral", Event.object_id == row.id,
                                                      Event.command == "return_answer").scalar_subquery().label("returns"),
    ).select_from(select(1).subquery()).outerjoin(AnswerFlag, AnswerFlag.answer_id == last.id)).one() if last else None
    running, broken, due = db.session.execute(select(
        func.count().filter(Promise.state == "running"), func.count().filter(Promise.state == "broken"),
        func.min(Promise.due_on).filter(Promise.state == "running")).where(Promise.referral_id == row.id)).one()
    mark = db.session.scalar(select(DemandMark).where(DemandMark.referral_id == row.id))
    return {
        "flagged": seen is not None and seen.id is not None,
        "confirmed_by": str(seen.confirmed_by) if seen is not None and seen.confirmed_by else None,
        "reviewed": bool(seen and seen.reviewed), "review_returns": int(seen.returns) if seen else 0,
        "evidence_needed": evidence.needed(row.case.category), "not_by": _not_by(row),
        "promises_running": running, "promises_broken": broken, "promise_due": due,
        "mark": mark.decision if mark else "", "mark_by": str(mark.decided_by) if mark and mark.decided_by else None,
        "mark_appeal": mark.appeal_decision if mark else ""}


def _not_by(row: Referral) -> str | None:
    """R27: who answered before, when the work was handed on and somebody else in the unit can answer."""
    last = row.answers[-1] if row.answers else None
    if row.state != "working" or last is None or last.answered_by is None:
        return None
    others = select(exists().where(User.id == Grant.user_id, User.active, Grant.department == row.department,
                                   Grant.role == "officer", User.id != last.answered_by))
    handed_on = select(exists().where(SecondLook.referral_id == row.id, SecondLook.decision == "redo",
                                      SecondLook.decided_at >= last.created_at))
    return str(last.answered_by) if db.session.scalar(handed_on) and db.session.scalar(others) else None


# -- the case ---------------------------------------------------------------------------------------------------------


def case(row: Case) -> dict[str, Any]:
    """What `CaseFacts` knows of calls, doubts, revisits and recurrence; two statements."""
    if row.id is None or not row.state:
        return {}
    found = db.session.execute(select(
        exists().where(Tip.case_id == row.id, Tip.state == "accepted", Identity.tip_id == Tip.id,
                       Identity.phone_sealed.is_not(None)).label("reachable"),
        exists().where(SecondLook.case_id == row.id, SecondLook.decision == "open").label("second_look"),
        exists().where(SecondLook.case_id == row.id, SecondLook.round == row.round,
                       SecondLook.decision == "redo").label("redone"),
        exists().where(Revisit.case_id == row.id, Revisit.round == row.round, Revisit.outcome == "failed",
                       ).label("failed"))).one()
    return {"reachable": found.reachable, "second_look": found.second_look, "redone_by_doubt": found.redone,
            "revisit_failed": found.failed, "stubborn": row.state == "open" and recurs(row)}


def alike(row: Case) -> ColumnElement[bool]:
    """Other cases of the same kind within 200 m, or against the same party (R42)."""
    here: ColumnElement[bool] = false()
    if row.point is not None:
        near = literal(row.point, type_=Case.point.type)
        here = within(Case.point, near, NEAR_METRES)
    if row.named_party:
        here = or_(here, Case.named_party == row.named_party)
    return and_(Case.category == row.category, Case.id != row.id, here)


def closed_alike(row: Case, moment: datetime) -> ColumnElement[bool]:
    """Those of them that closed within 90 days as something that was there."""
    return and_(alike(row), Case.state.in_(("closed", "archived")), Case.closed_at > moment - WINDOW,
                Case.resolution.not_in(NOT_A_PROBLEM))


def recurs(row: Case) -> bool:
    """Whether the case belongs to a stubborn problem already, or would be the third closed within 90 days."""
    if not row.category or (row.point is None and not row.named_party):
        return False
    held = select(exists().where(StubbornCase.case_id == row.id))
    if db.session.scalar(held):
        return True
    number = db.session.scalar(select(func.count()).select_from(Case).where(closed_alike(row, clock.now()))) or 0
    return number >= RECURS - 1


# -- the tip ----------------------------------------------------------------------------------------------------------


def tip(row: Tip, parent: Case | None) -> dict[str, Any]:
    """What `TipFacts` knows of urging, marks and limits; two statements."""
    if row.id is None or not row.state:
        return {}
    last = db.session.scalar(select(func.max(Urge.created_at)).where(Urge.tip_id == row.id))
    marked = parent is not None and bool(db.session.scalar(select(exists().where(
        DemandMark.case_id == parent.id, DemandMark.decision == "granted", DemandMark.appeal_decision == ""))))
    limit = limit_of(row)
    return {"urge_from": calendars.current().add(last, Term.parse(policy.term("citizen.urge"))).at if last else None,
            "mark_open": marked, "limit": limit.decision if limit else "",
            "limit_by": str(limit.asked_by) if limit else None}


def limit_of(row: Tip) -> ContactLimit | None:
    """The limit that is asked for or runs for the person behind this tip, by phone fingerprint or receipt (R31)."""
    phone = select(Identity.phone_index).where(Identity.tip_id == row.id).scalar_subquery()
    today = clock.local(clock.now()).date()
    return db.session.scalar(select(ContactLimit).where(
        or_(ContactLimit.tip_id == row.id, ContactLimit.contact_hash == phone),
        or_(ContactLimit.decision == "asked", and_(ContactLimit.decision == "granted", ContactLimit.until >= today)))
        .order_by(ContactLimit.created_at.desc()).limit(1))


def evaluated(row: Tip, parent: Case | None) -> bool:
    """Whether the word on this round is final: changed once, or given more than seven days ago (R26)."""
    if parent is None:
        return False
    given = db.session.execute(select(Evaluation.changed, Evaluation.created_at).where(
        Evaluation.tip_id == row.id, Evaluation.case_id == parent.id, Evaluation.round == parent.round)).first()
    return given is not None and (given.changed >= 1 or clock.now() > given.created_at + CHANGE)
