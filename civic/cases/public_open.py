"""Public cases as open data: an allow-list of fields, walked by key, by public points only (promises S7, S10).

Rows come in the order in which cases were opened, so that a walk through pages neither repeats nor misses one while
others are added; a case that is concealed meanwhile is simply no longer there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, tuple_

from civic.cases import public_filters as by
from civic.cases import public_lists
from civic.cases.public_case import radius
from civic.cases.public_filters import Box, Filters
from civic.geo.columns import from_column
from civic.kit import clock, keyset
from civic.models import Case, db
from civic.reference import lookup

BATCH = 1_000
NUMBER_LIMIT = 40
Span = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case as open data. `lng`, `lat` in WGS-84 degrees stand for a circle of `radius_m` metres, not for an address."""

    number: str
    title: str
    summary: str
    category: str
    category_name: str
    town: str
    town_name: str
    village_name: str
    stage: str
    outcome: str
    late: bool
    opened: datetime
    closed: datetime | None
    updated: datetime
    supports: int
    lng: float | None
    lat: float | None
    radius_m: float


@dataclass(frozen=True, slots=True)
class OpenPage:
    """Some rows, how many fit in all, and the key the next page begins after."""

    rows: tuple[OpenCase, ...]
    total: int
    next_key: str
    fresh: datetime


_SHOWN = (Case.id, Case.number, Case.public_title, Case.public_summary, Case.category, Case.town, Case.village, Case.precision,
          Case.state, Case.stage, Case.resolution, Case.opened_at, Case.closed_at, Case.public_at, Case.disclosed_at,
          Case.support_count, Case.public_point)


def _clauses(given: Filters, moment: datetime, span: Span, boxes: Sequence[Box]) -> list[ColumnElement[bool]]:
    clauses = by.where(given, moment)
    if span[0] is not None:
        clauses.append(Case.opened_at >= span[0])
    if span[1] is not None:
        clauses.append(Case.opened_at <= span[1])
    if boxes:
        clauses.append(or_(*(Case.public_point.op("&&")(func.ST_MakeEnvelope(*box, 4326)) for box in boxes)))
    return clauses


def page(given: Filters, *, span: Span = (None, None), boxes: Sequence[Box] = (), after: str = "", size: int = 100) -> OpenPage:
    """A page of the cases that fit: those opened within `span` (both ends included), in any of `boxes`."""
    moment = clock.now()
    clauses = _clauses(given, moment, span, boxes)
    total = db.session.scalar(select(func.count()).select_from(Case).where(*clauses)) or 0
    rows, key = _read(clauses, after, size, moment)
    return OpenPage(rows, total, key, moment)


def batch(given: Filters, after: str = "") -> tuple[tuple[OpenCase, ...], str]:
    """The next thousand cases that fit, and the key to go on after; empty at the end."""
    moment = clock.now()
    return _read(by.where(given, moment), after, BATCH, moment)


def one(number: str) -> OpenCase | None:
    """A single case that is public now, under its own number; None for every other."""
    moment = clock.now()
    found = db.session.execute(select(*_SHOWN, by.late(moment).label("late")).where(
        by.listed(), Case.number == number[:NUMBER_LIMIT])).one_or_none()
    return _row(found) if found else None


def _read(clauses: Sequence[ColumnElement[bool]], after: str, size: int, moment: datetime) -> tuple[tuple[OpenCase, ...], str]:
    query = select(*_SHOWN, by.late(moment).label("late")).where(*clauses)
    start = keyset.read(after)
    if start is not None:
        query = query.where(tuple_(Case.opened_at, Case.id) > start)
    found = db.session.execute(query.order_by(Case.opened_at, Case.id).limit(size + 1)).all()
    shown = found[:size]
    key = keyset.write(shown[-1].opened_at, shown[-1].id) if len(found) > size else ""
    return tuple(_row(row) for row in shown), key


def _row(row: Any) -> OpenCase:
    point = from_column(row.public_point)
    lng, lat = point if point else (None, None)
    return OpenCase(
        number=row.number, title=row.public_title or "", summary=row.public_summary or "", category=row.category or "",
        category_name=lookup.category_name(row.category), town=row.town or "", town_name=lookup.town_name(row.town),
        village_name=lookup.village_name(row.village) if row.precision != "town" and row.village else "", stage=row.stage,
        outcome=public_lists.outcome_of(row.state, row.resolution), late=bool(row.late), opened=row.opened_at,
        closed=row.closed_at, updated=row.public_at or row.disclosed_at or row.opened_at, supports=row.support_count, lng=lng,
        lat=lat, radius_m=radius(row.town, row.precision, point))
