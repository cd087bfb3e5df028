"""The promise ledger as everybody sees it: kept, broken, running, by unit; only of public cases and released answers (R21)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select, tuple_

from civic.cases.promises import GONE
from civic.cases.public_filters import listed
from civic.kit import clock
from civic.models import Answer, Case, Promise, Referral, db
from civic.reference import lookup

PAGE = 30
STATES = ("running", "broken", "kept", "settled")


@dataclass(frozen=True, slots=True)
class Kept:
    """One stage of a promise. `state` as in the ledger; `late_days` when it was kept after its day."""

    text: str
    due: date
    state: str
    late_days: int
    reason: str
    stage: int
    unit: str
    department: str
    number: str
    title: str
    judged: datetime | None


@dataclass(frozen=True, slots=True)
class Book:
    """A page of promises with how many there are of each kind, by unit, and how fresh that is."""

    rows: tuple[Kept, ...]
    total: int
    counts: Mapping[str, int]
    units: Sequence[tuple[str, str, int, int, int]]
    """Code, name, kept, broken, running; most broken first."""
    fresh: datetime
    next_key: str | None


def shown() -> ColumnElement[bool]:
    """Promises everybody may know of: of a public case, in an answer that is released and not hidden."""
    return and_(listed(), Answer.released, ~Answer.hidden, Referral.sent_at.is_not(None), Referral.state.not_in(GONE))


def _state(today: date) -> ColumnElement[str]:
    """What a row says today: the clock may be some minutes behind the calendar."""
    return case((and_(Promise.state == "running", Promise.due_on < today), "broken"), else_=Promise.state)


def _base(*columns: Any) -> Any:
    return select(*columns).select_from(Promise).join(Answer, Answer.id == Promise.answer_id).join(
        Referral, Referral.id == Promise.referral_id).join(Case, Case.id == Promise.case_id).where(shown())


def counts(moment: datetime, department: str = "") -> dict[str, int]:
    """How many promises there are of each state."""
    state = _state(clock.local(moment).date()).label("state")
    rows = _base(state, func.count()).group_by(state)
    if department:
        rows = rows.where(Promise.department == department)
    found = {name: int(n) for name, n in db.session.execute(rows)}
    return {name: found.get(name, 0) for name in STATES}


def book(state: str = "", department: str = "", after: str = "") -> Book:
    """A page of the ledger: running ones by their day, the others newest day first. Three statements."""
    moment = clock.now()
    today = clock.local(moment).date()
    state = state if state in STATES else ""
    department = department if lookup.department(department) else ""
    now, day = _state(today), Promise.due_on
    rows = _base(Promise, now.label("now"), Referral.department, Case.number, Case.public_title)
    if state:
        rows = rows.where(now == state)
    if department:
        rows = rows.where(Promise.department == department)
    soonest = state == "running"
    start = _key(after)
    if start is not None:
        place, here = tuple_(day, Promise.id), tuple_(*start)
        rows = rows.where(place > here if soonest else place < here)
    order = (day.asc(), Promise.id.asc()) if soonest else (day.desc(), Promise.id.desc())
    found = db.session.execute(rows.order_by(*order).limit(PAGE + 1)).all()
    numbers = counts(moment, department)
    last = found[PAGE - 1][0] if len(found) > PAGE else None
    return Book(tuple(_one(row) for row in found[:PAGE]), numbers[state] if state else sum(numbers.values()), numbers,
                units(today), moment, f"{last.due_on.isoformat()}~{last.id}" if last is not None else None)


def _key(text: str) -> tuple[date, uuid.UUID] | None:
    day, _, key = text.partition("~")
    try:
        return date.fromisoformat(day), uuid.UUID(key)
    except ValueError:
        return None


def _one(row: Any) -> Kept:
    promise: Promise = row[0]
    late = 0
    if row.now == "kept" and promise.judged_at:
        late = max((clock.local(promise.judged_at).date() - promise.due_on).days, 0)
    return Kept(promise.text, promise.due_on, row.now, late, promise.reason, promise.stage,
                lookup.department_name(promise.department), promise.department, row.number, row.public_title or "",
                promise.judged_at)


def units(today: date) -> list[tuple[str, str, int, int, int]]:
    """By unit: kept, broken, running."""
    now = _state(today)
    rows = db.session.execute(_base(
        Promise.department, func.count().filter(now == "kept").label("kept"), func.count().filter(now == "broken").label("broken"),
        func.count().filter(now == "running").label("running")).group_by(Promise.department))
    found = [(row.department, lookup.department_name(row.department), row.kept, row.broken, row.running) for row in rows]
    return sorted(found, key=lambda one: (-one[3], -one[4], one[0]))


def of_case(found: Case) -> list[tuple[Promise, Answer]]:
    """The promises of one public case, by day."""
    rows = db.session.execute(_base(Promise, Answer).where(Promise.case_id == found.id).order_by(Promise.due_on, Promise.stage))
    return [(row[0], row[1]) for row in rows]
