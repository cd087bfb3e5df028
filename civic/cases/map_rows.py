"""What stands beside the map: the list of a view, the card of a case, counts by town and by hexagon. Two sources, no third.

Everything is made from a `tile_read.Source`, so that it cannot say another thing than the tiles.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Float, case, cast, func, literal, select, text, true
from sqlalchemy.exc import OperationalError

from civic.cases import tile_read
from civic.cases import tile_store as store
from civic.cases.public_filters import ENDED, Box
from civic.cases.public_lists import some
from civic.cases.public_shapes import Card
from civic.cases.tile_read import Source
from civic.kit import clock
from civic.kit.result import Invalid, NotFound
from civic.models import Case, db
from civic.reference import county, lookup

HEXAGON = 500.0
"""Metres from side to side."""
MOST_HEXAGONS = 20_000


@dataclass(frozen=True, slots=True)
class Row:
    """A case of the list beside the map; `radius` in metres, no point when it has none."""

    number: str
    title: str
    town: str
    stage: str
    outcome: str
    late: bool
    lng: float | None
    lat: float | None
    radius: int


@dataclass(frozen=True, slots=True)
class Rows:
    """The newest cases that fit, how many there are, and how many of those have no point."""

    rows: tuple[Row, ...]
    total: int
    lonely: int


def box_of(value: str) -> Box | None:
    """West, south, east, north of an address; None for none. Invalid for what is no box on this earth."""
    if not value:
        return None
    try:
        west, south, east, north = (float(part) for part in value.split(","))
    except ValueError:
        west = south = east = north = math.nan
    if not (all(map(math.isfinite, (west, south, east, north))) and -180 <= west <= east <= 180 and -85 <= south <= north <= 85):
        raise Invalid({"box": "范围应是四个数：西、南、东、北，经纬度，西不大于东，南不大于北。"})
    return west, south, east, north


def listed(source: Source, box: Box | None, size: int) -> Rows:
    """The cases of a view, the latest news first; without a box all of them."""
    clauses = [*source.clauses]
    if box is not None:
        (west, south), (east, north) = tile_read.mercator(*box[:2]), tile_read.mercator(*box[2:])
        clauses.append(source.spot.op("&&")(func.ST_MakeEnvelope(west, south, east, north, 3857)))
    order = Case.updated_at if source.layer == store.INTERNAL else func.coalesce(Case.public_at, Case.disclosed_at)
    spot = func.ST_Transform(source.spot, 4326)
    chosen = select(Case.number, source.title.label("title"), Case.town, Case.state, Case.stage, Case.resolution,
                    case((source.late, 1), else_=0).label("late"), func.ST_X(spot).label("lng"), func.ST_Y(spot).label("lat"),
                    tile_read.radius(source, func.ST_X(source.spot), func.ST_Y(source.spot)).label("radius")).where(*clauses)
    rows = _limited(lambda: db.session.execute(chosen.order_by(order.desc(), Case.id.desc()).limit(size)).all())
    total, lonely = _counts(source, clauses, box)
    return Rows(tuple(_row(row) for row in rows), total, lonely)


def _counts(source: Source, clauses: list[Any], box: Box | None) -> tuple[int, int]:
    known = store.total(source.layer, source.dims) if box is None and source.dims is not None else None
    if known is not None:
        return known, store.unplaced(source.layer, source.dims or {}) or 0
    without = func.count().filter(source.spot.is_(None))
    total, lonely = _limited(lambda: db.session.execute(select(func.count(), without).select_from(Case).where(*clauses)).one())
    return int(total), int(lonely)


def _row(row: Any) -> Row:
    outcome = row.resolution or "" if row.state in ENDED else ""
    return Row(row.number, row.title or "", lookup.town_name(row.town), row.stage, outcome, bool(row.late),
               None if row.lng is None else round(row.lng, 6), None if row.lat is None else round(row.lat, 6), int(row.radius))


def _limited(ask: Any) -> Any:
    """Runs a question within the time a tile has."""
    try:
        db.session.execute(text(f"SET LOCAL statement_timeout = {tile_read.TIME_LIMIT}"))
        return ask()
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != "57014":
            raise
        raise Invalid(message=tile_read.TOO_MUCH) from None


def card(number: str) -> Card:
    """The card of a public case; NotFound for any other."""
    found = some([Case.number == number[:40]], Case.opened_at, 1, clock.now())
    if not found:
        raise NotFound()
    return found[0]


# -- by town ----------------------------------------------------------------------------------------------------------


def towns(source: Source) -> dict[str, int]:
    """How many of the cases lie in each town; those of no town under the empty name."""
    known = store.by_town(source.layer, source.dims) if source.dims is not None else None
    if known is not None:
        return known
    rows = _limited(lambda: db.session.execute(select(Case.town, func.count()).where(*source.clauses).group_by(Case.town)).all())
    found: dict[str, int] = {}
    for town, count in rows:
        found[town or ""] = found.get(town or "", 0) + int(count)
    return found


# -- by hexagon -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hexagon:
    """A fixed cell of about 500 m, its outline as GeoJSON, and how many cases lie in it."""

    outline: str
    count: int


def hexagons(source: Source) -> list[Hexagon]:
    """The cells with cases in them. The grid hangs on the globe: no view moves a count. A point on an edge counts once."""
    south, north = county.current().map.box[1], county.current().map.box[3]
    edge = HEXAGON / math.sqrt(3) / math.cos(math.radians((south + north) / 2))
    spots = select(source.spot.label("g"), func.count().label("n")).where(
        source.spot.is_not(None), *source.clauses).group_by(source.spot).subquery("spots")
    grid = func.ST_HexagonGrid(cast(literal(edge), Float), spots.c.g).table_valued("geom", "i", "j").render_derived(name="grid")
    mine = select(grid.c.i, grid.c.j).where(func.ST_Intersects(grid.c.geom, spots.c.g)).order_by(
        grid.c.i, grid.c.j).limit(1).lateral("mine")
    n = func.sum(spots.c.n)
    outline = func.ST_SetSRID(func.ST_Hexagon(cast(literal(edge), Float), mine.c.i, mine.c.j), 3857)
    rows = _limited(lambda: db.session.execute(
        select(func.ST_AsGeoJSON(func.ST_Transform(outline, 4326), 5), n).select_from(spots.join(mine, true()))
        .group_by(mine.c.i, mine.c.j).order_by(n.desc()).limit(MOST_HEXAGONS)).all())
    return [Hexagon(shape, int(count)) for shape, count in rows]
