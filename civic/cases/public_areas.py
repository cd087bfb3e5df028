"""Areas as the public sees them. Which case is in which is worked out from what is public: the town and village shown on
its page, and for finer areas its public point, never the exact one (promise S10: an area is no better probe than a box).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import shapely
from sqlalchemy import ColumnElement, and_, case, func, or_, select

from civic.cases import public_filters as by
from civic.cases import public_lists
from civic.cases.public_shapes import Card
from civic.geo.columns import shape_of
from civic.kit import clock
from civic.kit.result import NotFound
from civic.kit.text import clean
from civic.models import Area, Case, Team, db
from civic.models.areas import AREA_KINDS
from civic.reference import lookup

SHORT = 8
PAGE = 120
TOLERANCE = 0.0004
"""Degrees; outlines are drawn small, and a sketch must not look like a survey."""


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area in a list, with its public open cases."""

    kind: str
    code: str
    name: str
    town: str
    town_name: str
    approx: bool
    placed: bool
    open: int


@dataclass(frozen=True, slots=True)
class AreaPage:
    """An area with the head of its lists. `rings` is its outline in WGS-84 degrees, simplified; empty without one."""

    kind: str
    code: str
    name: str
    town: str
    town_name: str
    approx: bool
    source: str
    km2: float | None
    since: date | None
    rings: tuple[tuple[tuple[float, float], ...], ...]
    squads: tuple[tuple[str, str], ...]
    units: tuple[tuple[str, str], ...]
    within: tuple[tuple[str, str, str], ...]
    """Other areas of this town, not villages: kind, code, name."""
    cases: int
    open_total: int
    ended_total: int
    solved: int
    late: int
    open: tuple[Card, ...]
    ended: tuple[Card, ...]
    fresh: datetime


# -- pages ------------------------------------------------------------------------------------------------------------


def _row(kind: str, code: str) -> Area | None:
    today = clock.local(clock.now()).date()
    return db.session.scalar(by.current_areas(today).where(Area.kind == kind, Area.code == code))


def page(kind: str, code: str) -> AreaPage:
    """One area as it is drawn today; NotFound."""
    area = _row(kind, clean(code)[:40])
    if area is None:
        raise NotFound()
    moment = clock.now()
    mine = by.in_area(area.kind, area.code)
    ended = Case.state.in_(by.ENDED)
    counts = db.session.execute(select(
        func.count(), _many(Case.state == "open"), _many(ended), _many(and_(ended, Case.resolution.in_(by.SOLVED))),
        _many(by.late(moment))).select_from(Case).where(by.listed(), mine)).one()
    updated = func.coalesce(Case.public_at, Case.disclosed_at)
    return AreaPage(
        area.kind, area.code, area.name, area.town or "", lookup.town_name(area.town) if area.town else "", area.approx,
        area.source, area.km2, area.valid_from, _rings(area), _squads(area.town), _units(area.town), _within(area),
        counts[0], counts[1], counts[2], counts[3], counts[4],
        public_lists.some([mine, Case.state == "open"], updated, SHORT, moment),
        public_lists.some([mine, ended], Case.closed_at, SHORT, moment), moment)


def _many(clause: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((clause, 1)))


def _rings(area: Area) -> tuple[tuple[tuple[float, float], ...], ...]:
    shape = shape_of(area.geom)
    if shape is None:
        return ()
    small = shapely.simplify(shape, TOLERANCE)
    parts = [part for part in getattr(small, "geoms", [small]) if part.geom_type == "Polygon" and not part.is_empty]
    return tuple(tuple((round(x, 5), round(y, 5)) for x, y in ring.coords)
                 for part in parts for ring in (part.exterior, *part.interiors))


def _squads(town: str | None) -> tuple[tuple[str, str], ...]:
    """The public squads this town belongs to."""
    today = clock.local(clock.now()).date()
    rows = db.session.execute(select(Team.slug, Team.name).where(
        Team.public, Team.towns.contains([town or ""]), or_(Team.ends_on.is_(None), Team.ends_on >= today)).order_by(Team.kind, Team.name))
    return tuple((slug, name) for slug, name in rows)


def _units(town: str | None) -> tuple[tuple[str, str], ...]:
    """Whom to ask: the unit that governs the town."""
    return tuple((row.code, row.name) for row in lookup.departments() if town and row.town == town)


def _within(area: Area) -> tuple[tuple[str, str, str], ...]:
    if area.kind != "town":
        return ()
    rows = db.session.execute(select(Area.kind, Area.code, Area.name).where(
        Area.town == area.town, Area.kind.in_(("future", "custom")), Area.valid_to.is_(None)).order_by(Area.kind, Area.name).limit(60))
    return tuple((kind, code, name) for kind, code, name in rows)


# -- lists ------------------------------------------------------------------------------------------------------------


def kinds() -> dict[str, int]:
    """How many areas of each kind hold today."""
    today = clock.local(clock.now()).date()
    rows = db.session.execute(select(Area.kind, func.count()).where(*by.holds(today)).group_by(Area.kind))
    found: dict[str, int] = {kind: count for kind, count in rows}
    return {kind: found[kind] for kind in AREA_KINDS if kind in found}


def listing(kind: str, town: str = "", after: str = "") -> tuple[list[AreaRow], str]:
    """A page of the areas of a kind by code, with their open public cases, and the code to go on after."""
    today = clock.local(clock.now()).date()
    query = by.current_areas(today).where(Area.kind == kind, Area.code > clean(after)[:40])
    if town:
        query = query.where(Area.town == town)
    areas = db.session.scalars(query.order_by(Area.code).limit(PAGE + 1)).all()
    shown = areas[:PAGE]
    counts = _open(kind, [area.code for area in shown])
    rows = [AreaRow(area.kind, area.code, area.name, area.town or "", lookup.town_name(area.town) if area.town else "", area.approx,
                    area.geom is not None, counts.get(area.code, 0)) for area in shown]
    return rows, shown[-1].code if len(areas) > PAGE else ""


def _open(kind: str, codes: list[str]) -> dict[str, int]:
    """Open public cases by code, in one statement."""
    alive = by.listed(), Case.state == "open"
    if kind == "town":
        query = select(Case.town, func.count()).where(*alive, Case.town.in_(codes)).group_by(Case.town)
    elif kind == "village":
        query = select(Case.village, func.count()).where(*alive, by.fine(), Case.village.in_(codes)).group_by(Case.village)
    else:
        query = select(Area.code, func.count()).join(Case, by.point_in(Area.geom)).where(
            *alive, Area.kind == kind, Area.code.in_(codes), Area.valid_to.is_(None)).group_by(Area.code)
    return {str(code): int(count) for code, count in db.session.execute(query)}


def name_of(area: str) -> str:
    """The name behind an area filter «kind:code», for the line that says what is switched on."""
    kind, _, code = area.partition(":")
    row = _row(kind, code)
    return row.name if row else area


