"""A squad's map: my open tasks with where they are, a good order for the day, and where nobody has been for long."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, func, or_, select

from civic.access.actor import Actor
from civic.geo.columns import from_column
from civic.kit import clock
from civic.models import Area, Assignment, Case, CaseArea, CheckIn, Team, db
from civic.newsroom import field
from civic.newsroom.field import TaskRow
from civic.places import route
from civic.reference import county, locate, lookup

LONG = timedelta(days=90)
UNSEEN = 60
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stop:
    """A task and where it is. `exact` is False where only the town's centre stands for it."""

    task: TaskRow
    point: Point | None
    exact: bool
    from_before: float | None
    """Metres from the stop before, or from the start; None for what has no point."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """An area where nobody checked in for ninety days."""

    kind: str
    code: str
    name: str
    town: str
    last: datetime | None
    open: int


@dataclass(frozen=True, slots=True)
class Round:
    """A day: stops in the order to visit, those without a point, metres in all, and areas without a visit."""

    stops: tuple[Stop, ...]
    placeless: tuple[Stop, ...]
    start: Point
    started_at: str
    metres: float
    unseen: tuple[Unseen, ...]
    unseen_total: int
    fresh: datetime


def towns(actor: Actor) -> list[tuple[str, str]]:
    """Towns to start from: those of my squads first, then all."""
    mine = _my_towns(actor)
    known = [(row.code, row.name) for row in lookup.towns() if row.lng is not None]
    return sorted(known, key=lambda item: item[0] not in mine)


def day(actor: Actor, *, town: str = "", here: Point | None = None) -> Round:
    """My round from where I stand, a town's centre, or the county's seat."""
    mine = field.my_tasks(actor)
    rows = [*mine.accepted, *mine.offered]
    places = _places([row.id for row in rows])
    start, words = _start(town, here)
    placed = [(row, places[row.id]) for row in rows if row.id in places]
    points = [point for _, (point, _) in placed]
    stops, before = [], start
    for index in route.order(start, points):
        row, (point, exact) = placed[index]
        stops.append(Stop(row, point, exact, route.metres(before, point)))
        before = point
    placeless = tuple(Stop(row, None, False, None) for row in rows if row.id not in places)
    unseen, total = _unseen(actor)
    return Round(tuple(stops), placeless, start, words, sum(stop.from_before or 0.0 for stop in stops), unseen, total, clock.now())


def _start(town: str, here: Point | None) -> tuple[Point, str]:
    if here is not None and locate.inside(*here):
        return here, ""
    row = lookup.town(town) if town else None
    if row and row.lng is not None and row.lat is not None:
        return (row.lng, row.lat), row.name
    lng, lat = county.current().map.centre
    return (lng, lat), county.current().name


def _places(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[Point, bool]]:
    """Where each task is. What is only offered is shown at its town's centre: the place is told to who takes it."""
    rows = db.session.execute(select(Assignment.id, Assignment.state, Case.point, Case.town).join(
        Case, Case.id == Assignment.case_id).where(Assignment.id.in_(ids)))
    found: dict[uuid.UUID, tuple[Point, bool]] = {}
    for key, state, spot, town in rows:
        exact = from_column(spot) if state != "offered" else None
        centre = lookup.town(town)
        if exact is not None:
            found[key] = exact, True
        elif centre and centre.lng is not None and centre.lat is not None:
            found[key] = (centre.lng, centre.lat), False
    return found


# -- where nobody has been ----------------------------------------------------------------------------------------------


def _my_towns(actor: Actor) -> set[str]:
    if not actor.member_of:
        return set()
    rows = db.session.scalars(select(Team.towns).where(Team.id.in_(actor.member_of)))
    return {code for codes in rows for code in codes}


def _unseen(actor: Actor) -> tuple[tuple[Unseen, ...], int]:
    """Villages and finer areas of my squads' towns without a check-in for ninety days, those with most open cases first."""
    mine = _my_towns(actor)
    if not mine:
        return (), 0
    moment = clock.now()
    today = clock.local(moment).date()
    holds = and_(or_(Area.valid_from.is_(None), Area.valid_from <= today), or_(Area.valid_to.is_(None), Area.valid_to > today))
    lately = CheckIn.at >= moment - LONG
    seen = exists().where(_visit(), lately)
    wide = and_(Area.town.in_(mine), Area.kind.in_(("village", "future", "custom")), holds, ~seen)
    last = select(func.max(CheckIn.at)).where(_visit()).correlate(Area).scalar_subquery()
    busy = select(func.count()).select_from(CaseArea).join(Case, Case.id == CaseArea.case_id).where(
        CaseArea.area_id == Area.id, CaseArea.to_at.is_(None), Case.state == "open").correlate(Area).scalar_subquery()
    total = db.session.scalar(select(func.count()).select_from(Area).where(wide)) or 0
    rows = db.session.execute(select(Area.kind, Area.code, Area.name, Area.town, last.label("last"), busy.label("open")).where(
        wide).order_by(busy.desc(), last.asc().nulls_first(), Area.town, Area.code).limit(UNSEEN))
    return tuple(Unseen(row.kind, row.code, row.name, lookup.town_name(row.town), row.last, row.open) for row in rows), total


def _visit() -> Any:
    """A check-in in an area: at a point inside it, in its village, or for a case that lies in it."""
    of_case = select(CaseArea.id).join(Assignment, Assignment.case_id == CaseArea.case_id).where(
        CaseArea.area_id == Area.id, CaseArea.to_at.is_(None), Assignment.id == CheckIn.assignment_id)
    return or_(and_(CheckIn.point.is_not(None), Area.geom.is_not(None), func.ST_Covers(Area.geom, CheckIn.point)),
               and_(Area.kind == "village", CheckIn.village == Area.code), of_case.correlate(Area, CheckIn).exists())
