"""Reading orders: the inbox of a department in piles, one order, the supervisor's late list. Never a word of a tip."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, tuple_

from civic.access import scope
from civic.access.actor import Actor
from civic.kit import clock, keyset
from civic.kit.result import NotFound
from civic.kit.text import excerpt
from civic.ledger import clocks
from civic.models import Answer, Case, Event, Media, Objection, Pause, Referral, Suspension, Verification, db
from civic.reference import calendars, lookup
from civic.workflow import deadlines, labels
from civic.workflow.calendar import Term

PILES = ("unsigned", "overdue", "today", "soon", "rest", "paused", "answered", "ended")
OPEN_PILES = PILES[:6]
PAGE = 30
SHORT = 8
"""Rows of each pile on the first page of the inbox; the rest is one click away."""


_CLAUSE = re.compile(r"[，。；！？,;!?\n]")


def headline(brief: str) -> str:
    """The first clause of a brief as the name of the order; more of it when that clause is too short to tell anything."""
    found = next((cut.start() for cut in _CLAUSE.finditer(brief.strip()) if cut.start() >= 8), len(brief))
    return excerpt(brief.strip()[:found], 40)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order in a list: only what stands on the order itself."""

    id: uuid.UUID
    number: str
    case_number: str
    department: str
    duty: str
    brief: str
    category: str
    town: str
    state: str
    pile: str
    due_at: datetime | None
    original_due_at: datetime | None
    late: str
    paused: bool
    provisional: bool
    redo_count: int
    reminders: int
    escalated_at: datetime | None
    objection: bool
    answered_at: datetime | None
    ended_at: datetime | None

    @property
    def title(self) -> str:
        return headline(self.brief)


@dataclass(frozen=True, slots=True)
class Inbox:
    """The orders of somebody's departments, pile by pile, with how many there are in each."""

    counts: Mapping[str, int]
    rows: Sequence[OrderRow]
    next_key: str | None
    fresh: datetime
    pile: str = ""
    total: int = 0
    by_pile: Mapping[str, Sequence[OrderRow]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edges:
    """The moments that part one pile from the next."""

    now: datetime
    tonight: datetime
    soon: datetime


def edges(moment: datetime) -> Edges:
    """Midnight of today and of the day two working days on, in the county's time."""
    calendar = calendars.current()
    today = calendar.local_day(moment)
    soon = calendar.local_day(calendar.add(moment, Term.parse("2wd")).at)
    night = [datetime.combine(day + timedelta(days=1), time.min, clock.TZ) for day in (today, soon)]
    return Edges(moment, *night)


def _paused() -> ColumnElement[bool]:
    """The clock stands still: a question waits for its answer, or a typhoon mode runs (R43)."""
    return or_(exists().where(Pause.referral_id == Referral.id, Pause.ended_at.is_(None)),
               exists().where(Suspension.referral_id == Referral.id, Suspension.ended_at.is_(None)))


def _pile(at: Edges) -> ColumnElement[str]:
    return case(
        (Referral.state == "sent", "unsigned"),
        (Referral.state == "answered", "answered"),
        (Referral.state != "working", "ended"),
        (_paused(), "paused"),
        (Referral.due_at < at.now, "overdue"),
        (Referral.due_at < at.tonight, "today"),
        (Referral.due_at < at.soon, "soon"),
        else_="rest")


def _key() -> ColumnElement[datetime]:
    """What a list is ordered by: the date to be kept for what is open, the moment it came to rest for the others."""
    return case((Referral.state.in_(("sent", "working")), func.coalesce(Referral.due_at, Referral.sign_due_at)),
                (Referral.state == "answered", Referral.answered_at),
                else_=func.coalesce(Referral.ended_at, Referral.created_at))


def _columns(at: Edges) -> list[Any]:
    objection = exists().where(Objection.referral_id == Referral.id, Objection.state == "asked")
    return [
        Referral.id, Referral.number, Case.number.label("case_number"), Referral.department, Referral.duty,
        Referral.brief, Case.category, Case.town, Referral.state, _pile(at).label("pile"),
        func.coalesce(Referral.due_at, Referral.sign_due_at).label("due_at"), Referral.original_due_at,
        Referral.provisional, Referral.redo_count, Referral.reminders, Referral.escalated_at, Referral.term,
        objection.label("objection"), Referral.answered_at, Referral.ended_at, _key().label("key")]


def _row(row: Any, at: Edges) -> OrderRow:
    late, paused = "none", row.pile == "paused"
    if row.pile in OPEN_PILES and not paused and row.due_at:
        closing = Term.parse(row.term) if row.term else None
        late = str(deadlines.late(row.due_at, at.now, calendars.current(), closing=closing))
    return OrderRow(
        row.id, row.number, row.case_number, row.department, row.duty, row.brief, row.category or "", row.town or "",
        row.state, row.pile, row.due_at, row.original_due_at, late, paused, row.provisional, row.redo_count,
        row.reminders, row.escalated_at, row.objection, row.answered_at, row.ended_at)


def _mine(actor: Actor, departments: frozenset[str] | None) -> ColumnElement[bool]:
    codes = actor.departments if departments is None else departments & actor.departments
    return and_(Referral.department.in_(codes), Referral.state != "draft")


def _like(words: str) -> ColumnElement[bool]:
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return or_(Referral.number.ilike(pattern), Referral.brief.ilike(pattern))


def inbox(actor: Actor, *, pile: str = "", words: str = "", department: str = "", after: str = "") -> Inbox:
    """The orders of the officer's departments: without `pile` a few of each open one, with it a page of that pile.

    Two statements whatever the size. `words` looks in numbers and briefs; `after` is the key of the last row seen.
    """
    at = edges(clock.now())
    clauses = [_mine(actor, frozenset({department}) if department else None)]
    if words.strip():
        clauses.append(_like(words.strip()[:60]))
    counted = db.session.execute(select(_pile(at).label("pile"), func.count().label("n")).where(*clauses)
                                 .group_by("pile"))
    counts = dict.fromkeys(PILES, 0) | {row.pile: row.n for row in counted}
    base = select(*_columns(at)).join(Case, Case.id == Referral.case_id).where(*clauses)
    if pile in PILES:
        rows, next_key = _page(base.where(_pile(at) == pile), at, after, newest=pile in ("answered", "ended"))
        return Inbox(counts, rows, next_key, at.now, pile, counts[pile])
    found = _few_of_each(base, at)
    return Inbox(counts, [row for rows in found.values() for row in rows], None, at.now, "",
                 sum(counts[name] for name in OPEN_PILES), found)


def _few_of_each(base: Select[Any], at: Edges) -> dict[str, list[OrderRow]]:
    inner = base.where(Referral.state.in_(("sent", "working"))).subquery()
    place = func.row_number().over(partition_by=inner.c.pile, order_by=(inner.c.key, inner.c.id)).label("place")
    ranked = select(inner, place).subquery()
    rows = db.session.execute(select(ranked).where(ranked.c.place <= SHORT).order_by(ranked.c.key, ranked.c.id))
    found: dict[str, list[OrderRow]] = {name: [] for name in OPEN_PILES}
    for row in rows:
        found[row.pile].append(_row(row, at))
    return found


def _page(base: Select[Any], at: Edges, after: str, *, newest: bool) -> tuple[list[OrderRow], str | None]:
    place = tuple_(_key(), Referral.id)
    last = keyset.read(after)
    if last is not None:
        base = base.where(place < last if newest else place > last)
    order = (_key().desc(), Referral.id.desc()) if newest else (_key(), Referral.id)
    rows = db.session.execute(base.order_by(*order).limit(PAGE + 1)).all()
    next_key = keyset.write(rows[PAGE - 1].key, rows[PAGE - 1].id) if len(rows) > PAGE else None
    return [_row(row, at) for row in rows[:PAGE]], next_key


def find(actor: Actor, number: str) -> Referral:
    """The order of that number if this person may know of it; NotFound otherwise."""
    order = db.session.scalar(select(Referral).where(Referral.number == number.strip().upper()))
    if order is None or not scope.may_see(actor, order):
        raise NotFound()
    return order


def of_case(case: Case) -> list[Referral]:
    """The orders of a case, newest first."""
    return list(db.session.scalars(select(Referral).where(Referral.case_id == case.id)
                                   .order_by(Referral.created_at.desc())))


def partners(order: Referral) -> list[Referral]:
    """The other orders of the same round: a lead sees the partners' returns, a partner sees who leads (R12)."""
    return list(db.session.scalars(select(Referral).where(
        Referral.case_id == order.case_id, Referral.round == order.round, Referral.id != order.id,
        Referral.state != "draft").order_by(Referral.created_at)))


def predecessor(order: Referral) -> Referral | None:
    """The returned order this one takes the place of."""
    return db.session.get(Referral, order.supersedes_id) if order.supersedes_id else None


def history(order: Referral) -> list[Event]:
    """What happened to the order, oldest first; the payloads hold only what was written for the department."""
    return list(db.session.scalars(select(Event).where(Event.machine == "referral", Event.object_id == order.id)
                                   .order_by(Event.id)))


def verdicts(order: Referral) -> list[Verification]:
    """The looks taken at this order, newest first. Show verdict, method and day; the notes are the newsroom's."""
    return list(db.session.scalars(select(Verification).where(Verification.referral_id == order.id)
                                   .order_by(Verification.verified_at.desc())))


def files_of(answer: Answer) -> list[Media]:
    """The files a department sent with an answer."""
    return list(db.session.scalars(select(Media).where(Media.answer_id == answer.id).order_by(Media.created_at)))


due_history = clocks.due_history


# -- supervision ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LateList:
    """Late and supervised orders of all departments."""

    rows: Sequence[OrderRow]
    by_department: Sequence[tuple[str, int]]
    total: int
    supervised: int
    next_key: str | None
    fresh: datetime


def late_orders(actor: Actor, *, department: str = "", supervised: bool = False, after: str = "") -> LateList:
    """What is overdue or under supervision and still open, longest overdue first. Three statements."""
    at = edges(clock.now())
    live = Referral.state.in_(labels.RUNNING_REFERRAL)
    late = and_(live, scope.referrals(actor), or_(
        and_(Referral.due_at < at.now, ~_paused()), Referral.escalated_at.is_not(None)))
    counted = db.session.execute(select(Referral.department, func.count().label("n")).where(late)
                                 .group_by(Referral.department).order_by(func.count().desc(), Referral.department))
    by_department = [(row.department, row.n) for row in counted]
    watched = int(db.session.scalar(select(func.count()).select_from(Referral).where(
        late, Referral.escalated_at.is_not(None))) or 0)
    base = select(*_columns(at)).join(Case, Case.id == Referral.case_id).where(late)
    if department:
        base = base.where(Referral.department == department)
    if supervised:
        base = base.where(Referral.escalated_at.is_not(None))
    rows, next_key = _page(base, at, after, newest=False)
    return LateList(rows, by_department, sum(n for _, n in by_department), watched, next_key, at.now)


# -- the daily digest (R18) -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Digest:
    """What one message a day to a department says: numbers and dates, nothing else."""

    department: str
    name: str
    unsigned: Sequence[OrderRow]
    overdue: Sequence[OrderRow]
    today: Sequence[OrderRow]
    soon: Sequence[OrderRow]

    @property
    def empty(self) -> bool:
        return not (self.unsigned or self.overdue or self.today or self.soon)


def digest(department: str) -> Digest:
    """Orders of a department that are unsigned, overdue, due today and due in two working days."""
    at = edges(clock.now())
    base = select(*_columns(at)).join(Case, Case.id == Referral.case_id).where(
        Referral.department == department, Referral.state.in_(("sent", "working"))).order_by(_key(), Referral.id)
    found: dict[str, list[OrderRow]] = {name: [] for name in OPEN_PILES}
    for row in db.session.execute(base):
        found[row.pile].append(_row(row, at))
    return Digest(department, lookup.department_name(department), found["unsigned"], found["overdue"], found["today"],
                  found["soon"])


def departments_to_remind() -> list[str]:
    """Departments with anything open, for the daily digests."""
    return list(db.session.scalars(select(Referral.department).where(Referral.state.in_(("sent", "working")))
                                   .distinct().order_by(Referral.department)))
