"""«等我处理»: one list of what waits for this person, urgent first, then by the clock. Two statements, however long it is.

Each kind of waiting is one SELECT of the same shape; PostgreSQL puts them together, sorts and cuts. A row leaves the
list when its move is made, by whoever makes it; nothing is ticked off by hand.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Subquery,
    case,
    func,
    literal,
    select,
    tuple_,
    union_all,
)

from civic.access.actor import Actor
from civic.cases import waiting
from civic.cases.waiting import KINDS, NEVER
from civic.kit import clock
from civic.models import db

PAGE = 40
GROUPS = ("tips", "dispatch", "check", "answers", "sign", "late")
SOON = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits. `extra` holds what its kind needs for its second line, in a fixed order."""

    kind: str
    id: uuid.UUID
    title: str
    number: str
    town: str
    due_at: datetime | None
    late: str
    urgency: str
    extra: tuple[str, ...]
    since: datetime
    rank: int

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.id}"

    @property
    def machine(self) -> str:
        return KINDS[self.kind].machine

    @property
    def todo(self) -> str:
        return KINDS[self.kind].todo


@dataclass(frozen=True, slots=True)
class Desk:
    """A page of the queue with the counts of its tabs; `total` is how many wait in the chosen tab."""

    rows: Sequence[Waiting]
    counts: Mapping[str, int]
    total: int
    next_key: str
    at: datetime


def _parts(actor: Actor, moment: datetime) -> Subquery | None:
    """Everything that waits for this person, as one table; None when nothing ever could."""
    parts = list(waiting.parts(actor, moment))
    if not parts:
        return None
    return union_all(*parts).subquery("waiting")


def _rank(table: Subquery, moment: datetime) -> ColumnElement[int]:
    """0 emergencies, 1 urgent or overdue, 2 the rest."""
    return case((table.c.urgency == "emergency", 0), (table.c.urgency == "urgent", 1), (table.c.due_at < moment, 1),
                else_=2)


def desk(actor: Actor, group: str = "", after: str = "", *, limit: int = PAGE) -> Desk:
    """One page of what waits for the actor; `group` is a tab, `after` the key of the page before."""
    last = _read_key(after)
    moment = last[0] if last else clock.now()
    table = _parts(actor, moment)
    if table is None:
        return Desk((), {}, 0, "", moment)
    counts = _counts(table, moment)
    clauses: list[ColumnElement[bool]] = []
    if group == "late":
        clauses.append(table.c.due_at < moment)
    elif group in GROUPS:
        clauses.append(table.c.grp == group)
    rank, due = _rank(table, moment), func.coalesce(table.c.due_at, literal(NEVER, DateTime(timezone=True)))
    place = tuple_(rank, due, table.c.id, table.c.kind)
    if last:
        clauses.append(place > tuple_(*(literal(part) for part in last[1:])))
    found = db.session.execute(select(table, rank.label("rank")).where(*clauses).order_by(
        rank, due, table.c.id, table.c.kind).limit(limit + 1)).all()
    rows = [_row(row, moment) for row in found[:limit]]
    next_key = _write_key(rows[-1], moment) if len(found) > limit else ""
    return Desk(rows, counts, counts.get(group or "all", 0), next_key, moment)


def _counts(table: Subquery, moment: datetime) -> dict[str, int]:
    found = db.session.execute(select(
        table.c.grp, func.count().label("n"), func.count().filter(table.c.due_at < moment).label("late")
    ).group_by(table.c.grp)).all()
    counts = {row.grp: int(row.n) for row in found}
    return {**counts, "all": sum(counts.values()), "late": sum(int(row.late) for row in found)}


def one(actor: Actor, key: str) -> Waiting | None:
    """The waiting thing of that key if it still waits for this person."""
    kind, _, text = key.partition(":")
    try:
        wanted = uuid.UUID(text)
    except ValueError:
        return None
    moment = clock.now()
    parts = [part for part in waiting.parts(actor, moment, only=kind)]
    if not parts:
        return None
    table = union_all(*parts).subquery("waiting") if len(parts) > 1 else parts[0].subquery("waiting")
    row = db.session.execute(select(table, _rank(table, moment).label("rank")).where(
        table.c.id == wanted, table.c.kind == kind).limit(1)).first()
    return _row(row, moment) if row else None


def _row(row: Any, moment: datetime) -> Waiting:
    late = "none"
    if row.due_at is not None:
        late = "overdue" if row.due_at < moment else "due_soon" if row.due_at - moment <= SOON else "none"
    return Waiting(row.kind, row.id, row.title or "", row.number or "", row.town or "", row.due_at, late, row.urgency,
                   tuple((row.extra or "").split(waiting.SEPARATOR)), row.since, row.rank)


def _write_key(row: Waiting, moment: datetime) -> str:
    return "~".join((moment.isoformat(), str(row.rank), (row.due_at or NEVER).isoformat(), str(row.id), row.kind))


def _read_key(text: str) -> tuple[datetime, int, datetime, uuid.UUID, str] | None:
    """The moment of the first page and the place of its last row; None for anything else."""
    try:
        moment, rank, due, key, kind = text.split("~")
        when, until = datetime.fromisoformat(moment), datetime.fromisoformat(due)
        if when.tzinfo is None or until.tzinfo is None or kind not in KINDS:
            return None
        return when.astimezone(UTC), int(rank), until, uuid.UUID(key), kind
    except ValueError:
        return None
