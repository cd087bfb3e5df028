"""Works the rows of the figures out anew: what changed since the last time, and once a day everything.

Flush only; the job commits. A number and the list behind it always come from the same rows, so they agree, and the page
says as of when. Whether a case is public is not kept here but asked at every look.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, and_, delete, exists, func, insert, or_, select, text
from sqlalchemy.orm import aliased

from civic.insight import measure
from civic.insight.measure import CALLED, Given, Life, Said, Stop
from civic.kit import clock
from civic.kit.result import NotFound
from civic.models import (
    Answer,
    AnswerReview,
    Assignment,
    Case,
    DemandMark,
    Evaluation,
    Event,
    Extension,
    FigureCase,
    FigureOrder,
    FigureState,
    Objection,
    OrderClock,
    Pause,
    Referral,
    Report,
    Suspension,
    Tip,
    Verification,
    db,
)
from civic.reference import calendars, lookup
from civic.workflow import deadlines
from civic.workflow.answering import TICKS

NAME = "figures"
BATCH = 500
OVERLAP = timedelta(minutes=10)
"""Looked at twice, because a transaction that began before the last refresh may have ended after it."""
WHOLE = timedelta(hours=20)
COMES_BACK = timedelta(days=90)
NEAR = 200.0
"""R42: metres within which the same kind of problem is the same problem."""
LOCK = 7_304_411
"""Advisory lock: one refresh at a time."""
_TABLES = cast(tuple[Table, Table], (FigureOrder.__table__, FigureCase.__table__))
"""Written past the mapper, which would make a statement for each set of columns that happen to be empty."""
URGENT = {"urgent": "U", "emergency": "E"}


@dataclass(frozen=True, slots=True)
class Refreshed:
    whole: bool
    cases: int
    as_of: datetime


def state() -> FigureState | None:
    """When the figures were last worked out; None before the first time."""
    return db.session.get(FigureState, NAME)


def run(whole: bool = False) -> Refreshed | None:
    """Refreshes; None when another process is at it."""
    if not db.session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))):
        return None
    moment, last = clock.now(), state()
    whole = whole or last is None or last.whole_at <= moment - WHOLE
    wanted = _candidates(None if whole or last is None else last.as_of, moment)
    for first in range(0, len(wanted), BATCH):
        _batch(wanted[first:first + BATCH], moment)
    if last is None:
        last = FigureState(name=NAME, as_of=moment, whole_at=moment)
        db.session.add(last)
    last.as_of, last.whole_at = moment, moment if whole else last.whole_at
    last.orders = db.session.scalar(select(func.count()).select_from(FigureOrder)) or 0
    last.cases = db.session.scalar(select(func.count()).select_from(FigureCase)) or 0
    db.session.flush()
    return Refreshed(whole, len(wanted), moment)


def _candidates(since: datetime | None, moment: datetime) -> Sequence[uuid.UUID]:
    """All cases; or those where something happened, something is under way, or the ninety days are running."""
    query = select(Case.id).order_by(Case.id)
    if since is not None:
        query = query.where(or_(
            Case.id.in_(select(Event.case_id).where(Event.at > since - OVERLAP, Event.case_id.is_not(None))),
            Case.id.in_(select(Referral.case_id).where(Referral.state.in_(("sent", "working", "answered")))),
            Case.closed_at > moment - COMES_BACK - timedelta(days=2), Case.embargo_until > since))
    return db.session.scalars(query).all()


def _batch(ids: Sequence[uuid.UUID], moment: datetime) -> None:
    """A fixed number of statements, however many orders the cases have."""
    orders = list(_orders(ids, moment))
    cases = list(_cases(ids, moment))
    db.session.execute(delete(FigureOrder).where(FigureOrder.referral_id.in_(
        select(Referral.id).where(Referral.case_id.in_(ids)))))
    db.session.execute(delete(FigureCase).where(FigureCase.case_id.in_(ids)))
    if orders:
        db.session.execute(insert(_TABLES[0]), orders)
    if cases:
        db.session.execute(insert(_TABLES[1]), cases)


# -- orders -----------------------------------------------------------------------------------------------------------


def _orders(ids: Sequence[uuid.UUID], moment: datetime) -> Iterator[dict[str, Any]]:
    calendar = calendars.current()
    rows = db.session.execute(select(
        Referral.id, Referral.case_id, Referral.round, Referral.duty, Referral.sla, Referral.state, Referral.sent_at,
        Referral.sign_due_at, Referral.served_at, Referral.deemed, Referral.original_due_at, Referral.due_at,
        Referral.answered_at, Referral.ended_at, Referral.redo_count, Case.state.label("case_state"), Case.resolution,
        Case.urgency).join(Case, Case.id == Referral.case_id)
        .where(Referral.case_id.in_(ids), Referral.sent_at.is_not(None))).all()
    beside = _Beside(ids, moment)
    for row in rows:
        stops, since = beside.stops[row.id], beside.standing.get(row.id)
        life = Life(
            row.duty, row.state, row.sent_at, row.sign_due_at, row.served_at, row.deemed, beside.contact_due.get(row.id) or _contact_due(row),
            row.original_due_at, beside.first_due.get(row.id, row.due_at), row.due_at, row.answered_at, row.ended_at,
            row.redo_count, row.case_state, row.resolution, beside.reporters.get(row.case_id, 0),
            beside.answers[row.id], stops, since, row.id in beside.extended, beside.objections[row.id],
            beside.said[row.case_id, row.round], beside.calls[row.id],
            [*beside.redone[row.id], *beside.reopened[row.case_id]], beside.halts[row.id], beside.reports[row.id],
            beside.returns[row.id], row.id in beside.marked, beside.sound.get(row.id))
        yield {"referral_id": row.id, **measure.order(life, moment, calendar)}


def _contact_due(row: Any) -> datetime | None:
    """When the first contact was due: by the class it was served under, or by urgency when that is sooner."""
    if row.served_at is None:
        return None
    on = clock.local(row.served_at).date()
    try:
        own = lookup.sla(row.sla, on)
        urgent = lookup.sla(URGENT[row.urgency], on) if row.urgency in URGENT else None
    except NotFound:
        return None
    return deadlines.deadlines_for(own, row.served_at, calendars.current(), urgency=urgent).contact_due


class _Beside:
    """What stands beside the orders of some cases, by order or case: one statement a kind."""

    def __init__(self, ids: Sequence[uuid.UUID], moment: datetime) -> None:
        mine = select(Referral.id).where(Referral.case_id.in_(ids), Referral.sent_at.is_not(None))
        self.answers: dict[Any, list[Given]] = defaultdict(list)
        for key, at, result in db.session.execute(select(Answer.referral_id, Answer.created_at, Answer.result).where(
                Answer.referral_id.in_(mine)).order_by(Answer.version)):
            self.answers[key].append(Given(at, result))
        self.stops: dict[Any, list[Stop]] = defaultdict(list)
        self.standing: dict[Any, datetime] = {}
        for key, start, until, end in db.session.execute(select(
                Pause.referral_id, Pause.started_at, Pause.until, Pause.ended_at).where(
                Pause.referral_id.in_(mine)).order_by(Pause.started_at)):
            self.stops[key].append(Stop(start, end or min(until, moment)))
            if end is None:
                self.standing[key] = start
        for key, start in db.session.execute(select(Suspension.referral_id, Suspension.started_at).where(
                Suspension.referral_id.in_(mine), Suspension.ended_at.is_(None))):  # the typhoon mode runs (R43)
            self.standing[key] = min(start, self.standing.get(key, start))
        self.extended = set(db.session.scalars(select(Extension.referral_id).where(
            Extension.referral_id.in_(mine), Extension.state == "granted")))
        self.objections: dict[Any, list[str]] = defaultdict(list)
        for key, decision in db.session.execute(select(Objection.referral_id, Objection.state).where(
                Objection.referral_id.in_(mine))):
            self.objections[key].append(decision)
        self._clocks(mine)
        self._judgements(mine)
        self._verdicts(ids, mine)
        self._log(ids)

    def _clocks(self, mine: Any) -> None:
        self.halts: dict[Any, list[Stop]] = defaultdict(list)
        for key, start, end in db.session.execute(select(
                Suspension.referral_id, Suspension.started_at, Suspension.ended_at).where(Suspension.referral_id.in_(mine))):
            self.halts[key].append(Stop(start, end))
        self.reports: dict[Any, list[datetime]] = defaultdict(list)
        for key, at in db.session.execute(select(Report.referral_id, Report.reported_at).where(Report.referral_id.in_(mine))):
            self.reports[key].append(at)
        self.contact_due: dict[Any, datetime] = {key: due for key, due in db.session.execute(select(
            OrderClock.referral_id, OrderClock.due_at).where(
            OrderClock.referral_id.in_(mine), OrderClock.kind == "contact", OrderClock.number == 1))}

    def _judgements(self, mine: Any) -> None:
        self.sound: dict[Any, bool] = {key: sound for key, sound in db.session.execute(select(
            AnswerReview.referral_id, AnswerReview.substantive).where(
            AnswerReview.referral_id.in_(mine), or_(~AnswerReview.passed, *(getattr(AnswerReview, name) for name in TICKS)))
            .order_by(AnswerReview.version, AnswerReview.created_at, AnswerReview.id))}  # the last one stands
        self.marked = set(db.session.scalars(select(DemandMark.referral_id).where(
            DemandMark.referral_id.in_(mine), DemandMark.excluded)))

    def _verdicts(self, ids: Sequence[uuid.UUID], mine: Any) -> None:
        self.said: dict[Any, list[Said]] = defaultdict(list)
        for case_id, number, solved, stars, at in db.session.execute(select(
                Evaluation.case_id, Evaluation.round, Evaluation.solved, Evaluation.stars, Evaluation.created_at).where(
                Evaluation.case_id.in_(ids)).order_by(Evaluation.created_at)):
            self.said[case_id, number].append(Said(at, solved, stars))
        self.calls: dict[Any, list[Said]] = defaultdict(list)
        approved = or_(Verification.assignment_id.is_(None), Assignment.state == "done")
        for key, verdict, at in db.session.execute(select(
                Verification.referral_id, Verification.verdict, Verification.verified_at).outerjoin(
                Assignment, Assignment.id == Verification.assignment_id).where(
                Verification.referral_id.in_(mine), Verification.method == "call", approved,
                Verification.verdict.in_(CALLED)).order_by(Verification.verified_at)):
            self.calls[key] = [Said(at, CALLED[verdict], None)]  # the last call stands
        self.reporters: dict[Any, int] = {case_id: count for case_id, count in db.session.execute(select(
            Tip.case_id, func.count()).where(Tip.case_id.in_(ids), Tip.state == "accepted").group_by(Tip.case_id))}

    def _log(self, ids: Sequence[uuid.UUID]) -> None:
        """From the log: what no row keeps, the date before the first redo and the moments of going back."""
        self.first_due: dict[Any, datetime] = {}
        self.redone: dict[Any, list[datetime]] = defaultdict(list)
        self.reopened: dict[Any, list[datetime]] = defaultdict(list)
        self.returns: dict[Any, int] = defaultdict(int)
        events = db.session.execute(select(
            Event.machine, Event.object_id, Event.at, Event.command, Event.payload).where(
            Event.case_id.in_(ids), or_(and_(Event.machine == "referral", Event.command.in_(("redo", "return_answer"))),
                                        and_(Event.machine == "case", Event.command == "reopen"))).order_by(Event.id))
        for machine, key, at, command, payload in events:
            if command == "return_answer":
                self.returns[key] += 1
                continue
            (self.redone if machine == "referral" else self.reopened)[key].append(at)
            before = (payload.get("due") or {}).get("from") if machine == "referral" else None
            if before:
                self.first_due.setdefault(key, datetime.fromisoformat(before))


# -- cases ------------------------------------------------------------------------------------------------------------


def _cases(ids: Sequence[uuid.UUID], moment: datetime) -> Iterator[dict[str, Any]]:
    calendar = calendars.current()
    seen = select(Verification.id).outerjoin(Assignment, Assignment.id == Verification.assignment_id).where(
        Verification.case_id == Case.id, Verification.method == "on_site", Verification.verdict == "confirmed",
        or_(Verification.assignment_id.is_(None), Assignment.state == "done")).exists()
    rows = db.session.execute(select(
        Case.id, Case.state, Case.resolution, Case.category, Case.sensitive, Case.embargo_until, Case.exposure,
        Case.disclosed_at, Case.opened_at, Case.closed_at, Case.news, seen.label("seen"), _again().label("again"))
        .where(Case.id.in_(ids)))
    for row in rows:
        closed = row.state in ("closed", "archived") and row.closed_at is not None
        kind = lookup.category(row.category, clock.local(row.opened_at).date())
        yield {
            "case_id": row.id, "month": measure.month(row.opened_at),
            "closed_month": measure.month(row.closed_at) if closed else "",
            "excluded": "merged" if row.state == "merged" else "rerouted" if closed and row.resolution == "rerouted" else "",
            "publishable": (kind is None or kind.pub == "P") and not row.sensitive and (
                row.embargo_until is None or row.embargo_until <= moment),
            "closed": closed, "watched": closed and row.closed_at + COMES_BACK <= moment, "recurred": closed and row.again,
            "reported": row.news in ("published", "followed_up"),
            "effective": closed and row.resolution == "resolved" and row.seen,
            "lag_days": max(0, calendar.working_days_between(
                clock.local(row.closed_at).date(), clock.local(row.disclosed_at).date()))
            if closed and row.disclosed_at is not None and row.exposure == "public" else None}


def _again() -> Any:
    """A later case of the same kind, within ninety days of closing, within 200 metres or at the same address."""
    later = aliased(Case)
    near = func.ST_DWithin(func.Geography(later.point), func.Geography(Case.point), NEAR)
    same = and_(later.address != "", later.address == Case.address, later.town == Case.town)
    return exists().where(
        later.id != Case.id, later.category == Case.category, later.state != "merged", later.opened_at > Case.closed_at,
        later.opened_at <= Case.closed_at + text("interval '90 days'"), or_(near, same)).correlate(Case)
