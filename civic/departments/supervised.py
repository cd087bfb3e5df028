"""Reading supervisions: lists by state with their own clocks, and the circular 通报 of what is five working days over."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, tuple_

from civic.access import scope
from civic.access.actor import Actor
from civic.departments.queries import headline
from civic.kit import clock, keyset
from civic.models import Case, Pause, Referral, Supervision, Suspension, db
from civic.reference import calendars
from civic.workflow.supervision import WAITING

PAGE = 30
CIRCULAR_DAYS = 5
"""R18: so many working days over, an order stands on the circular."""
TABS = ("waiting", "overdue", "answered", "raised", "done")


@dataclass(frozen=True, slots=True)
class Row:
    """One supervision with its order, in words of the order alone."""

    id: uuid.UUID
    order_id: uuid.UUID
    number: str
    title: str
    department: str
    town: str
    level: int
    state: str
    why: str
    requirement: str
    issued_at: datetime
    original: datetime
    due: datetime
    late: bool
    answered_at: datetime | None
    answer: str
    measures: str
    note: str
    returns: int
    order_due: datetime | None
    order_state: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of one tab with the counts of all."""

    rows: Sequence[Row]
    counts: Mapping[str, int]
    by_department: Sequence[tuple[str, int]]
    next_key: str | None
    fresh: datetime


def _tab(name: str, moment: datetime) -> ColumnElement[bool]:
    waits = Supervision.state.in_(WAITING)
    return {"waiting": and_(waits, Supervision.due_at > moment), "overdue": and_(waits, Supervision.due_at <= moment),
            "answered": Supervision.state == "answered", "raised": Supervision.state == "raised",
            "done": Supervision.state.in_(("accepted", "ended"))}[name]


def listing(actor: Actor, tab: str = "waiting", *, department: str = "", after: str = "") -> Listing:
    """Supervisions of one tab; what waits by its date, what is over newest first. Three statements."""
    moment = clock.now()
    mine = scope.referrals(actor)
    columns = [func.count().filter(_tab(name, moment)).label(name) for name in TABS]
    counted = db.session.execute(select(*columns).select_from(Supervision).join(
        Referral, Referral.id == Supervision.referral_id).where(mine)).one()
    units = db.session.execute(select(Referral.department, func.count().label("n")).select_from(Supervision).join(
        Referral, Referral.id == Supervision.referral_id).where(mine, _tab(tab, moment)).group_by(Referral.department)
        .order_by(func.count().desc(), Referral.department))
    newest = tab in ("raised", "done")
    query = select(Supervision, Referral.number, Referral.brief, Referral.department, Case.town, Referral.due_at,
                   Referral.state).join(Referral, Referral.id == Supervision.referral_id).join(
        Case, Case.id == Referral.case_id).where(mine, _tab(tab, moment))
    if department:
        query = query.where(Referral.department == department)
    place, last = tuple_(Supervision.due_at, Supervision.id), keyset.read(after)
    if last is not None:
        query = query.where(place < last if newest else place > last)
    order = (Supervision.due_at.desc(), Supervision.id.desc()) if newest else (Supervision.due_at, Supervision.id)
    found = db.session.execute(query.order_by(*order).limit(PAGE + 1)).all()
    rows = [_row(*row, moment) for row in found[:PAGE]]
    next_key = keyset.write(rows[-1].due, rows[-1].id) if len(found) > PAGE else None
    return Listing(rows, {name: int(getattr(counted, name)) for name in TABS},
                   [(row.department, row.n) for row in units], next_key, moment)


def _row(one: Supervision, number: str, brief: str, department: str, town: str | None, order_due: datetime | None,
         order_state: str, moment: datetime) -> Row:
    late = one.state in WAITING and one.due_at <= moment
    return Row(one.id, one.referral_id, number, headline(brief), department, town or "", one.level, one.state, one.why,
               one.requirement, one.issued_at, one.original_due_at, one.due_at, late, one.answered_at, one.answer,
               one.measures, one.note, one.returns, order_due, order_state)


def waiting_for(departments: frozenset[str]) -> list[Row]:
    """The supervisions these units owe an answer, the nearest date first: for their inbox. One statement."""
    if not departments:
        return []
    moment = clock.now()
    found = db.session.execute(select(
        Supervision, Referral.number, Referral.brief, Referral.department, Case.town, Referral.due_at, Referral.state)
        .join(Referral, Referral.id == Supervision.referral_id).join(Case, Case.id == Referral.case_id)
        .where(Referral.department.in_(departments), Supervision.state.in_(WAITING))
        .order_by(Supervision.due_at, Supervision.id).limit(PAGE))
    return [_row(*row, moment) for row in found]


# -- the circular -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Overdue:
    """One line of the circular."""

    number: str
    title: str
    department: str
    town: str
    served: datetime | None
    original: datetime | None
    due: datetime
    days: int
    reminders: int
    level: int
    answered: bool


@dataclass(frozen=True, slots=True)
class Circular:
    """Orders five working days over and more, the longest first; and how many each unit has."""

    rows: Sequence[Overdue]
    by_department: Sequence[tuple[str, int]]
    total: int
    next_key: str | None
    at: datetime


def limit(moment: datetime) -> datetime:
    """The end of the day five working days ago: what was due by then is on the circular."""
    calendar = calendars.current()
    day = calendar.back(moment, CIRCULAR_DAYS)
    return datetime.combine(day + timedelta(days=1), time.min, clock.TZ)


def circular(actor: Actor, *, after: str = "", size: int = 100) -> Circular:
    """R18, T+5. Orders whose clock stands still are not on it. Two statements."""
    moment = clock.now()
    still = or_(exists().where(Pause.referral_id == Referral.id, Pause.ended_at.is_(None)),
                exists().where(Suspension.referral_id == Referral.id, Suspension.ended_at.is_(None)))
    on = and_(Referral.state == "working", Referral.due_at < limit(moment), ~still, scope.referrals(actor))
    units = [(row.department, row.n) for row in db.session.execute(
        select(Referral.department, func.count().label("n")).where(on).group_by(Referral.department)
        .order_by(func.count().desc(), Referral.department))]
    level = select(func.max(Supervision.level)).where(Supervision.referral_id == Referral.id).scalar_subquery()
    answered = exists().where(Supervision.referral_id == Referral.id, Supervision.answered_at.is_not(None))
    query = select(Referral.id, Referral.number, Referral.brief, Referral.department, Case.town, Referral.served_at,
                   Referral.original_due_at, Referral.due_at, Referral.reminders, func.coalesce(level, 0).label("level"),
                   answered.label("answered")).join(Case, Case.id == Referral.case_id).where(on)
    last = keyset.read(after)
    if last is not None:
        query = query.where(tuple_(Referral.due_at, Referral.id) > last)
    found = db.session.execute(query.order_by(Referral.due_at, Referral.id).limit(size + 1)).all()
    calendar = calendars.current()
    rows = [Overdue(row.number, headline(row.brief), row.department, row.town or "", row.served_at, row.original_due_at,
                    row.due_at, -calendar.remaining(moment, row.due_at).working_days, row.reminders, row.level, row.answered)
            for row in found[:size]]
    next_key = keyset.write(found[size - 1].due_at, found[size - 1].id) if len(found) > size else None
    return Circular(rows, units, sum(n for _, n in units), next_key, moment)


