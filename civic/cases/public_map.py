"""Public cases on the map: by the public point and nothing else, so that small boxes find nothing out (promise S10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from civic.cases import public_filters as by
from civic.cases import public_lists, tiles
from civic.cases.public_case import radius
from civic.cases.public_filters import Filters
from civic.cases.public_shapes import Point
from civic.geo.columns import from_column
from civic.kit import clock
from civic.models import Case, db
from civic.reference import lookup

CAP = 5_000
"""So many points are handed out one by one; more are handed out as counts of cells."""
CELLS = 48
"""Cells across the box when points are counted instead of listed."""


@dataclass(frozen=True, slots=True)
class Cell:
    """So many cases around a point."""

    lng: float
    lat: float
    count: int


@dataclass(frozen=True, slots=True)
class Points:
    """The cases that fit, as points or, when they are too many, as cells; `total` counts all of them."""

    points: tuple[Point, ...]
    cells: tuple[Cell, ...]
    total: int
    fresh: datetime


def points(given: Filters, *, cap: int = CAP) -> Points:
    """The same cases, in the same order, as the list of the same filters. Without a known town a case has no point."""
    moment = clock.now()
    total = tiles.public_total(given)
    if total > cap:
        return Points((), _cells(given, moment), total, moment)
    order = func.coalesce(Case.public_at, Case.disclosed_at)
    rows = db.session.execute(
        select(Case.number, Case.public_title, Case.town, Case.state, Case.stage, Case.resolution, Case.precision,
               Case.public_point, by.late(moment).label("late"))
        .where(*by.where(given, moment)).order_by(order.desc(), Case.id.desc()))
    return Points(tuple(_point(row) for row in rows), (), total, moment)


def _point(row: Any) -> Point:
    found = from_column(row.public_point)
    lng, lat = found if found else (None, None)
    return Point(
        number=row.number, title=row.public_title or "", town=lookup.town_name(row.town), stage=row.stage,
        outcome=public_lists.outcome_of(row.state, row.resolution), late=bool(row.late), lng=lng, lat=lat,
        radius_m=radius(row.town, row.precision, found))


def _cells(given: Filters, moment: datetime) -> tuple[Cell, ...]:
    """Counts by fixed cells: the grid hangs on the globe, not on the box, so that moving the box moves no count."""
    west, _, east, _ = given.box or (120.0, 0.0, 122.0, 0.0)
    size = _step((east - west) / CELLS)
    spot = func.ST_SnapToGrid(Case.public_point, size)
    rows = db.session.execute(select(func.ST_X(spot), func.ST_Y(spot), func.count()).where(
        *by.where(given, moment), Case.public_point.is_not(None)).group_by(spot))
    return tuple(Cell(float(lng), float(lat), number) for lng, lat, number in rows)


def _step(wanted: float) -> float:
    """The next larger of a few fixed sizes, degrees."""
    return next((size for size in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if size >= wanted), 2.0)
