"""What keeps coming back 顽疾, for everybody and for the desk: each record with its cases and the root causes named (R42)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select, tuple_

from civic.cases.public_filters import listed
from civic.kit import clock, keyset
from civic.models import Case, Stubborn, StubbornCase, db
from civic.reference import lookup

PAGE = 20
THEMES = {"proposed": "建议列为主攻题", "taken": "已列为主攻题", "left": "不列主攻题"}


@dataclass(frozen=True, slots=True)
class Part:
    """A case of the record, as far as everybody may know of it."""

    number: str
    title: str
    state: str
    stage: str
    outcome: str
    closed: datetime | None
    root_cause: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One record. `cases` counts all, `parts` are those the reader may see."""

    id: uuid.UUID
    category: str
    place: str
    found: datetime
    cases: int
    theme: str
    note: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Problems:
    rows: tuple[Problem, ...]
    total: int
    fresh: datetime
    next_key: str | None


def listing(after: str = "", *, inside: bool = False) -> Problems:
    """A page of records, newest first; outside only those with a public case, and only their public cases."""
    here = exists().where(StubbornCase.stubborn_id == Stubborn.id, StubbornCase.case_id == Case.id, listed())
    clauses: list[ColumnElement[bool]] = [] if inside else [here]
    total = db.session.scalar(select(func.count()).select_from(Stubborn).where(*clauses)) or 0
    start = keyset.read(after)
    if start is not None:
        clauses.append(tuple_(Stubborn.found_at, Stubborn.id) < tuple_(*start))
    rows = db.session.scalars(select(Stubborn).where(*clauses).order_by(Stubborn.found_at.desc(), Stubborn.id.desc())
                              .limit(PAGE + 1)).all()
    shown = rows[:PAGE]
    parts = _parts([row.id for row in shown], inside)
    last = keyset.write(shown[-1].found_at, shown[-1].id) if len(rows) > PAGE else None
    return Problems(tuple(_problem(row, parts.get(row.id, [])) for row in shown), total, clock.now(), last)


def _problem(row: Stubborn, parts: Sequence[Part]) -> Problem:
    place = lookup.department_name(row.subject) if row.subject else lookup.town_name(row.town)
    return Problem(row.id, lookup.category_name(row.category), place, row.found_at, row.cases, row.theme, row.theme_note,
                   tuple(parts))


def _parts(keys: Sequence[uuid.UUID], inside: bool) -> dict[uuid.UUID, list[Part]]:
    rows = select(StubbornCase, Case).join(Case, Case.id == StubbornCase.case_id).where(StubbornCase.stubborn_id.in_(keys))
    if not inside:
        rows = rows.where(listed())
    found: dict[uuid.UUID, list[Part]] = {}
    for link, case in db.session.execute(rows.order_by(Case.opened_at)):
        title = case.title if inside else case.public_title or ""
        found.setdefault(link.stubborn_id, []).append(Part(
            case.number, title, case.state, case.stage, case.resolution or "" if case.state != "open" else "", case.closed_at,
            link.root_cause))
    return found
