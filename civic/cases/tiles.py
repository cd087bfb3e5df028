"""Vector tiles of cases: counts by cell from the roll-up, single cases where there are few, exact at every zoom.

A tile holds one layer, `cases`. A feature is either one case (its number `n`, title `t`, town's code `p`, drawn pin `k`,
`late`, radius `r` in metres) or several (`count`, `late` when one of them is, `one` when all lie on one spot). Every case
with a point is in exactly one feature of exactly one tile of a zoom. The clauses are those of the list.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, literal_column, null, select, text
from sqlalchemy.exc import OperationalError

from civic.access import scope
from civic.access.actor import Actor
from civic.cases import public_filters, queries
from civic.cases import tile_store as store
from civic.cases.public_filters import ENDED, category_codes
from civic.geo.precision import RADIUS, Precision
from civic.kit import clock
from civic.kit.result import Invalid, NotFound
from civic.models import Case, Town, db
from civic.reference import lookup

DEEPEST = 18
SINGLE = 15
"""From this zoom on cases are grouped by spot, before by cell, 8 across a tile."""
FEW = 300
"""Up to so many cases in a tile each is read; of more the roll-up's counts are shown."""
MOST = 5_000
"""Features in a tile."""
EXTENT = 4096
TIME_LIMIT = 4_000
"""Milliseconds the database may work on a tile."""
TOO_MUCH = "这一片的案件太多，一下子数不完：放大一些，或者少选几个条件。"
WORLD = 20037508.342789244
KNOWN = frozenset({"state", "stage", "town", "category", "month", "outcome"})
"""Filters of the public that the roll-up knows; with any other one the cases themselves are asked."""
Tile = tuple[int, int, int]


@dataclass(frozen=True)
class Source:
    """Which cases: the layer of the roll-up, the point's column, the clauses, and the same as dimensions if it knows them."""

    layer: int
    spot: Any
    title: Any
    clauses: Sequence[ColumnElement[bool]]
    late: ColumnElement[bool]
    dims: Mapping[str, Any] | None


# -- sources ----------------------------------------------------------------------------------------------------------


def public_source(given: public_filters.Filters, moment: datetime) -> Source:
    """What everybody may see; the box of the address is no part of a tile."""
    return Source(store.PUBLIC, Case.public_spot, Case.public_title, public_filters.where(given, moment, without="box"),
                  public_filters.late(moment), public_dims(given))


def public_dims(given: public_filters.Filters) -> dict[str, Any] | None:
    """The filters as dimensions of the roll-up; None when it does not know one of them."""
    if given.box or not set(given.active()) <= KNOWN:
        return None
    dims: dict[str, Any] = {name: getattr(given, name) for name in ("stage", "town", "month") if getattr(given, name)}
    states = {"open"} if given.state == "open" else set(ENDED) if given.state else None
    if given.outcome:
        dims["outcome"] = given.outcome
        states = set(ENDED) if states is None else states & set(ENDED)
    if states is not None:
        dims["state"] = sorted(states)
    if given.category:
        dims["category"] = category_codes(given.category)
    return dims if store.kind_of(dims) is not None else None


@dataclass(frozen=True, slots=True)
class Inside:
    """The newsroom's filters: those of the list of cases, and the state: open, ended, all but merged, or any (empty)."""

    filters: queries.Filters
    state: str = ""


def inside(args: Mapping[str, str]) -> Inside:
    state = args.get("state", "")
    return Inside(queries.Filters.read(args), state if state in ("open", "ended", "all") else "")


def inside_clauses(actor: Actor, given: Inside, moment: datetime) -> list[ColumnElement[bool]]:
    """The clauses of the list of cases for this person, and the state."""
    found = [scope.cases(actor), *queries.clauses(given.filters, moment).values()]
    if given.state:
        found.append({"open": Case.state == "open", "ended": Case.state.in_(ENDED), "all": Case.state != "merged"}[given.state])
    return found


def internal_source(actor: Actor, given: Inside, moment: datetime) -> Source:
    """What this person may see in the newsroom, with exact points."""
    return Source(store.INTERNAL, Case.spot, Case.title, inside_clauses(actor, given, moment),
                  and_(Case.state == "open", Case.due_at < moment), internal_dims(actor, given))


def internal_dims(actor: Actor, given: Inside) -> dict[str, Any] | None:
    by = given.filters
    if not actor.grants & scope.READERS or by.grade or by.exposure or by.late or by.words:
        return None
    dims: dict[str, Any] = {name: getattr(by, name) for name in ("stage", "town") if getattr(by, name)}
    if given.state:
        dims["state"] = {"open": ["open"], "ended": list(ENDED), "all": ["open", *ENDED]}[given.state]
    if by.group or by.category:
        group = {row.code for row in lookup.category_tree().get(by.group, ())} if by.group else {by.category}
        dims["category"] = sorted(group & {by.category} if by.category else group)
    return dims


# -- one tile ---------------------------------------------------------------------------------------------------------


def check(tile: Tile) -> Tile:
    """NotFound with a sentence for a tile that is not on the map."""
    zoom, x, y = tile
    if not (0 <= zoom <= DEEPEST and 0 <= x < 1 << zoom and 0 <= y < 1 << zoom):
        raise NotFound(f"没有这一块地图：级别是 0 到 {DEEPEST}，行列号要在这一级之内。")
    return tile


def build(source: Source, tile: Tile) -> bytes:
    """The tile as Mapbox Vector Tile bytes. Invalid with a sentence when it takes the database too long."""
    check(tile)
    try:
        db.session.execute(text(f"SET LOCAL statement_timeout = {TIME_LIMIT}"))
        return _build(source, tile)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != "57014":
            raise
        raise Invalid(message=TOO_MUCH) from None


def _build(source: Source, tile: Tile) -> bytes:
    zoom, ringed = tile[0], tile[0] >= 12
    if source.dims is not None and zoom < SINGLE:
        level = store.level_of(zoom, store.kind_of(source.dims) or "")
        if level is not None:
            total, body = store.counted(source.layer, tile, level, source.dims, bounds(tile))
            if total > FEW or not total:
                return body
            ringed = True
    return _mvt(_read(source, tile, ringed=ringed or zoom >= SINGLE), tile)


def _as_mvt() -> Any:
    return func.ST_AsMVT(literal_column("tile"), "cases", EXTENT, "geom")


def _shape(x: Any, y: Any, tile: Tile) -> Any:
    """A point in the tile's own grid; a mean that rounding put a hair outside is kept on the edge."""
    west, south, east, north = bounds(tile)
    inner_x, inner_y = func.least(func.greatest(x, west), east), func.least(func.greatest(y, south), north)
    return func.ST_AsMVTGeom(func.ST_SetSRID(func.ST_MakePoint(inner_x, inner_y), 3857),
                             func.ST_MakeEnvelope(west, south, east, north, 3857), EXTENT, 8, True)


def bounds(tile: Tile) -> tuple[float, float, float, float]:
    """West, south, east, north in Mercator metres."""
    zoom, x, y = tile
    size = 2 * WORLD / (1 << zoom)
    return x * size - WORLD, WORLD - (y + 1) * size, (x + 1) * size - WORLD, WORLD - y * size


def within(source: Source, tile: Tile) -> list[ColumnElement[bool]]:
    """The clauses of a tile: the index's box, and the cell's number, which puts a point on an edge into one tile only."""
    zoom, x, y = tile
    west, south, east, north = bounds(tile)
    up = store.BASE - zoom
    return [source.spot.op("&&")(func.ST_MakeEnvelope(west - 1, south - 1, east + 1, north + 1, 3857)),
            _cell(func.tile_x(func.ST_X(source.spot)), up) == x, _cell(func.tile_y(func.ST_Y(source.spot)), up) == y,
            *source.clauses]


def _cell(number: Any, bits: int) -> Any:
    return number.op(">>")(bits)


def _read(source: Source, tile: Tile, *, ringed: bool) -> Select[Any]:
    """Cases read one by one and grouped by spot or cell; where one is alone in it, it is shown itself."""
    spot = source.spot
    bits = store.BASE - min(tile[0] + 3, store.BASE)
    # the last level's cell is some metres wide: from there on the spot itself says what lies together
    key = [func.ST_X(spot), func.ST_Y(spot)] if tile[0] >= SINGLE else [
        _cell(func.tile_x(func.ST_X(spot)), bits), _cell(func.tile_y(func.ST_Y(spot)), bits)]
    late = case((source.late, 1), else_=0) if ringed else literal(0)
    matched = select(Case.number, func.ST_X(spot).label("x"), func.ST_Y(spot).label("y"), late.label("late"),
                     key[0].label("kx"), key[1].label("ky")).where(*within(source, tile)).subquery("matched")
    n = func.count()
    groups = select(n.label("n"), func.min(matched.c.number).label("number"), func.avg(matched.c.x).label("x"),
                    func.avg(matched.c.y).label("y"), func.max(matched.c.late).label("late"),
                    and_(func.min(matched.c.x) == func.max(matched.c.x), func.min(matched.c.y) == func.max(matched.c.y))
                    .label("one")).group_by(matched.c.kx, matched.c.ky).order_by(n.desc()).limit(MOST).subquery("groups")
    alone = groups.c.n == 1
    return select(
        _shape(groups.c.x, groups.c.y, tile).label("geom"), case((alone, null()), else_=groups.c.n).label("count"),
        case((and_(~alone, groups.c.one), 1)).label("one"), case((alone, Case.number)).label("n"),
        case((alone, source.title)).label("t"), case((alone, Case.town)).label("p"), case((alone, _look())).label("k"),
        case((alone, case((source.late, 1), else_=0)), else_=groups.c.late).label("late"),
        case((alone, radius(source, groups.c.x, groups.c.y))).label("r"),
    ).select_from(groups).outerjoin(Case, and_(alone, Case.number == groups.c.number))


def _look() -> Any:
    ended = and_(Case.state.in_(ENDED), Case.resolution.is_not(None), Case.resolution != "")
    return case((ended, literal("outcome-") + Case.resolution), else_=literal("stage-") + Case.stage)


def radius(source: Source, x: Any, y: Any) -> Any:
    """The circle a point stands for, metres: the town's, wherever only its centre is shown."""
    if source.layer == store.INTERNAL:
        return case((Case.point.is_(None), 3_000), else_=0)
    east, north = Town.lng * (WORLD / 180), func.ln(func.tan(func.radians(45 + Town.lat / 2))) * (WORLD / math.pi)
    centre = select(Town.code).where(Town.code == Case.town, func.abs(x - east) < 0.5, func.abs(y - north) < 0.5).correlate_except(Town)
    finer = [(Case.precision == str(one), int(metres)) for one, metres in RADIUS.items() if one is not Precision.TOWN]
    town = int(RADIUS[Precision.TOWN])
    return case((centre.exists(), town), *finer, else_=town)


def mercator(lng: float, lat: float) -> tuple[float, float]:
    """WGS-84 degrees as Web Mercator metres."""
    return lng * WORLD / 180, math.log(math.tan(math.radians(45 + lat / 2))) * WORLD / math.pi


def _mvt(rows: Select[Any], tile: Tile) -> bytes:
    return bytes(db.session.scalar(select(_as_mvt()).select_from(rows.subquery("tile"))) or b"")


# -- counts -----------------------------------------------------------------------------------------------------------


def public_total(given: public_filters.Filters) -> int:
    """How many public cases fit, with a point or without: from the roll-up when it knows the filters."""
    dims = public_dims(given)
    known = store.total(store.PUBLIC, dims) if dims is not None else None
    return known if known is not None else public_filters.count(given, clock.now())
