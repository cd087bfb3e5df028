"""Derived columns of a case, written by this one function and recomputed in a test."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from sqlalchemy import exists, func, select

from civic.kit import clock
from civic.models import Assignment, Case, Coverage, Pause, Publication, Referral, Suspension, Tip, db
from civic.workflow import labels

_postponed: ContextVar[dict[uuid.UUID, tuple[datetime, datetime | None]] | None] = ContextVar(
    "civic.postponed", default=None)


@contextmanager
def postponed() -> Iterator[None]:
    """Inside, cases are only noted; each is recomputed once at the end. For bulk work that nobody watches.

    No rule reads the derived columns, so nothing is decided otherwise. Flush only, as ever.
    """
    noted: dict[uuid.UUID, tuple[datetime, datetime | None]] = {}
    token = _postponed.set(noted)
    try:
        yield
    finally:
        _postponed.reset(token)
    for case_id, (moment, shown) in noted.items():
        _recompute(case_id, moment, shown)


def referral_views(case: Case) -> list[labels.ReferralView]:
    """The referrals of the current round as labels see them."""
    running = select(Pause.referral_id, func.bool_or(Pause.on_citizen).label("citizen")).where(
        Pause.ended_at.is_(None)).group_by(Pause.referral_id).subquery()
    rows = db.session.execute(
        select(Referral.state, running.c.referral_id, running.c.citizen)
        .outerjoin(running, running.c.referral_id == Referral.id)
        .where(Referral.case_id == case.id, Referral.round == case.round))
    return [labels.ReferralView(state, pause is not None, bool(citizen)) for state, pause, citizen in rows]


def task_views(case: Case) -> list[labels.AssignmentView]:
    """The assignments of the current round as labels see them."""
    rows = db.session.execute(select(Assignment.kind, Assignment.state).where(
        Assignment.case_id == case.id, Assignment.round == case.round))
    return [labels.AssignmentView(kind, state) for kind, state in rows]


def coverage_views(case: Case) -> list[labels.CoverageView]:
    """The stories of the case as labels see them."""
    live = select(Publication.coverage_id, func.count().label("n")).where(
        Publication.state == "live", Publication.internal.is_(False)).group_by(Publication.coverage_id).subquery()
    rows = db.session.execute(
        select(Coverage.state, live.c.n, Coverage.follows_id).outerjoin(live, live.c.coverage_id == Coverage.id)
        .where(Coverage.case_id == case.id))
    return [labels.CoverageView(state, count or 0, follows is not None) for state, count, follows in rows]


def _next_due(case: Case) -> datetime | None:
    """The nearest moment by which whoever has the ball must move."""
    if case.state != "open":
        return None
    if case.ball == "department":
        stopped = exists().where(Suspension.referral_id == Referral.id, Suspension.ended_at.is_(None))
        return db.session.scalar(select(func.min(func.coalesce(Referral.due_at, Referral.sign_due_at))).where(~stopped,
            Referral.case_id == case.id, Referral.round == case.round, Referral.state.in_(("sent", "working"))))
    return db.session.scalar(select(func.min(Assignment.due_at)).where(
        Assignment.case_id == case.id, Assignment.round == case.round,
        Assignment.state.in_(labels.LIVE_TASK)))


def refresh(case_id: uuid.UUID | None, moment: datetime | None = None, *, seen_by_all: bool = False) -> None:
    """Recomputes stage, ball, news, nearest due date and tip count of one case.

    `seen_by_all` says that the public may know of this change: only then the date the public reads moves.
    """
    if case_id is None:
        return
    moment = moment or clock.now()
    shown = moment if seen_by_all else None
    noted = _postponed.get()
    if noted is None:
        _recompute(case_id, moment, shown)
    else:
        noted[case_id] = moment, shown or noted.get(case_id, (moment, None))[1]


def _recompute(case_id: uuid.UUID, moment: datetime, shown: datetime | None) -> None:
    db.session.flush()
    case = db.session.get(Case, case_id)
    if case is None:
        return
    orders, work = referral_views(case), task_views(case)
    case.stage = labels.stage(case.state, orders, work)
    case.ball = labels.ball(case.state, orders, work)
    case.news, case.news_count = labels.news(coverage_views(case))
    case.tip_count = db.session.scalar(select(func.count()).select_from(Tip).where(
        Tip.case_id == case.id, Tip.state == "accepted")) or 0
    case.due_at = _next_due(case)
    case.updated_at = moment
    case.public_at = shown or case.public_at
    db.session.flush()
