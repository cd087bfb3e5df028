"""Reading the cases of one tile: each by itself, grouped by spot or by cell, as a statement that is written once and asked often.

Writing such a statement takes ten times as long as PostgreSQL takes to answer it. Only the tile's place is left open in it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    null,
    select,
)

from civic.cases import tile_store as store
from civic.cases.public_filters import ENDED
from civic.geo.precision import RADIUS, Precision
from civic.models import Case, Town, db

SINGLE = 15
"""From this zoom on cases are grouped by spot, before by cell, 8 across a tile."""
MOST = 5_000
"""Features in a tile."""
EXTENT = 4096
WORLD = 20037508.342789244
TIME_LIMIT = 4_000
"""Milliseconds the database may work on a tile."""
SETTINGS = {"statement_timeout": str(TIME_LIMIT), "plan_cache_mode": "force_custom_plan"}
"""Of whoever asks for tiles. A plan for any place and any word, which PostgreSQL would keep after ten tiles, can be ten times as slow."""
TOO_MUCH = "这一片的案件太多，一下子数不完：放大一些，或者少选几个条件。"
Tile = tuple[int, int, int]
WEST, SOUTH, EAST, NORTH = (bindparam(f"place_{side}", 0.0, type_=Float) for side in ("west", "south", "east", "north"))
COLUMN, ROW = bindparam("place_column", 0, type_=Integer), bindparam("place_row", 0, type_=Integer)


@dataclass(frozen=True, eq=False)
class Source:
    """Which cases: the layer of the roll-up, the point's column, the clauses, and the same as dimensions if it knows them."""

    layer: int
    spot: Any
    title: Any
    clauses: Sequence[ColumnElement[bool]]
    late: ColumnElement[bool]
    dims: Mapping[str, Any] | None


@dataclass(frozen=True)
class Written:
    """A statement in the database's own words, with its values; the tile's place is still open."""

    sql: str
    values: Mapping[str, Any]


def body(source: Source, tile: Tile, ask: store.Ask, *, ringed: bool) -> bytes:
    """The Mapbox vector tile of the cases of a source, read one by one."""
    west, south, east, north = bounds(tile)
    written = _written(source, tile[0], ringed)
    place = {"place_west": west, "place_south": south, "place_east": east, "place_north": north, "place_column": tile[1], "place_row": tile[2]}
    return bytes(ask(written.sql, {**written.values, **place})[0] or b"")


@lru_cache(maxsize=256)
def _written(source: Source, zoom: int, ringed: bool) -> Written:
    rows = _read(source, zoom, ringed=ringed).subquery("tile")
    made = select(func.ST_AsMVT(literal_column("tile"), "cases", EXTENT, "geom")).select_from(rows)
    said = made.compile(dialect=db.engine.dialect, compile_kwargs={"render_postcompile": True})
    return Written(str(said), {name: value for name, value in said.params.items() if not name.startswith("place_")})


def _shape(x: Any, y: Any) -> Any:
    """A point in the tile's own grid; a mean that rounding put a hair outside is kept on the edge."""
    inner_x, inner_y = func.least(func.greatest(x, WEST), EAST), func.least(func.greatest(y, SOUTH), NORTH)
    return func.ST_AsMVTGeom(func.ST_SetSRID(func.ST_MakePoint(inner_x, inner_y), 3857),
                             func.ST_MakeEnvelope(WEST, SOUTH, EAST, NORTH, 3857), EXTENT, 8, True)


def bounds(tile: Tile) -> tuple[float, float, float, float]:
    """West, south, east, north in Mercator metres."""
    zoom, x, y = tile
    size = 2 * WORLD / (1 << zoom)
    return x * size - WORLD, WORLD - (y + 1) * size, (x + 1) * size - WORLD, WORLD - y * size


def _within(source: Source, zoom: int) -> list[ColumnElement[bool]]:
    """The clauses of a tile: the index's box, and the cell's number, which puts a point on an edge into one tile only."""
    up = store.BASE - zoom
    return [source.spot.op("&&")(func.ST_MakeEnvelope(WEST - 1, SOUTH - 1, EAST + 1, NORTH + 1, 3857)),
            _cell(func.tile_x(func.ST_X(source.spot)), up) == COLUMN, _cell(func.tile_y(func.ST_Y(source.spot)), up) == ROW,
            *source.clauses]


def _cell(number: Any, bits: int) -> Any:
    return number.op(">>")(bits)


def _read(source: Source, zoom: int, *, ringed: bool) -> Select[Any]:
    """Cases read one by one and grouped by spot or cell; where one is alone in it, it is shown itself."""
    spot = source.spot
    bits = store.BASE - min(zoom + 3, store.BASE)
    # the last level's cell is some metres wide: from there on the spot itself says what lies together
    key = [func.ST_X(spot), func.ST_Y(spot)] if zoom >= SINGLE else [
        _cell(func.tile_x(func.ST_X(spot)), bits), _cell(func.tile_y(func.ST_Y(spot)), bits)]
    late = case((source.late, 1), else_=0) if ringed else literal(0)
    matched = select(Case.number, func.ST_X(spot).label("x"), func.ST_Y(spot).label("y"), late.label("late"),
                     key[0].label("kx"), key[1].label("ky")).where(*_within(source, zoom)).subquery("matched")
    n = func.count()
    groups = select(n.label("n"), func.min(matched.c.number).label("number"), func.avg(matched.c.x).label("x"),
                    func.avg(matched.c.y).label("y"), func.max(matched.c.late).label("late"),
                    and_(func.min(matched.c.x) == func.max(matched.c.x), func.min(matched.c.y) == func.max(matched.c.y))
                    .label("one")).group_by(matched.c.kx, matched.c.ky).order_by(n.desc()).limit(MOST).subquery("groups")
    alone = groups.c.n == 1
    return select(
        _shape(groups.c.x, groups.c.y).label("geom"), case((alone, null()), else_=groups.c.n).label("count"),
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
