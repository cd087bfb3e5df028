"""The first areas of a county: towns and villages of the reference data, and a grid where one is wanted.

Where no boundary is known a town gets the cell of what lies nearest to its centre, cut at the county's outline, and is
marked `approx`; where no centre is known either it stands without an outline and holds what people wrote down.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date

from shapely.geometry import MultiPolygon, box
from shapely.geometry.base import BaseGeometry
from sqlalchemy import delete, select

from civic.geo import areas as geo
from civic.geo import columns
from civic.kit import clock
from civic.kit.result import Invalid
from civic.models import Area, db
from civic.places import assign, boundaries, gazetteer
from civic.reference import county, locate, lookup, version

CELLS = "离中心最近的范围（示意，不是界线）"
STATED = "没有边界数据，按登记的村社归入"
GRID = "自动划的方格"
METRES = (250, 5_000)
MOST_CELLS = 3_000


def seed() -> int:
    """Adds what is missing of towns and villages; what is there stays. Refreshes place names. Flush only."""
    version.lock()
    outline = geo.County.load(county.current().outline).outline
    added = _add_towns(outline) + _add_villages()
    db.session.flush()
    gazetteer.rebuild()
    shipped = county.current().outline.parent / "gazetteer.csv"
    if shipped.is_file():
        gazetteer.load(shipped)
    if added:
        assign.changed()
    return added


def _held(kind: str) -> set[str]:
    return set(db.session.scalars(select(Area.code).where(Area.kind == kind)))


def _add_towns(outline: BaseGeometry) -> int:
    towns, held = lookup.towns(), _held("town")
    missing = [row for row in towns if row.code not in held]
    if not missing:
        return 0
    centres = [geo.Centre(row.code, row.lng, row.lat) for row in towns if row.lng is not None and row.lat is not None]
    cells = geo.voronoi_cells(centres, outline) if centres else {}
    for row in missing:
        cell = cells.get(row.code)
        db.session.add(Area(
            kind="town", code=row.code, name=row.name, town=row.code, approx=cell is not None,
            geom=columns.shape_column(cell) if cell is not None else None, source=CELLS if cell is not None else STATED,
            km2=boundaries.square_km(cell) if cell is not None else None))
    return len(missing)


def _add_villages() -> int:
    held = _held("village")
    missing = [row for row in lookup.villages() if row.code not in held]
    for row in missing:
        db.session.add(Area(kind="village", code=row.code, name=row.name, town=row.town, source=STATED))
    return len(missing)


def grid(metres: int) -> int:
    """Cuts the county into squares of so many metres, instead of those there were; how many. Invalid on `metres`."""
    if not METRES[0] <= metres <= METRES[1]:
        raise Invalid({"metres": f"方格的边长要在 {METRES[0]}–{METRES[1]} 米之间。"})
    version.lock()
    outline = geo.County.load(county.current().outline).outline
    cells = list(_cells(outline, metres))
    if len(cells) > MOST_CELLS:
        raise Invalid({"metres": f"会有 {len(cells)} 个方格，超过 {MOST_CELLS}；请把边长放大。"})
    today = clock.local(clock.now()).date()
    _end_generated(today)
    for code, cell in cells:
        spot = cell.representative_point()
        db.session.add(Area(kind="grid", code=code, name=code, town=locate.town_at(spot.x, spot.y), source=GRID,
                            geom=columns.shape_column(cell), km2=boundaries.square_km(cell), valid_from=today))
    db.session.flush()
    assign.changed()
    version.bump()
    return len(cells)


def _end_generated(today: date) -> None:
    """Cells made earlier today never held for a day and go; older ones end and stay as history."""
    made = Area.kind == "grid", Area.source == GRID
    db.session.execute(delete(Area).where(*made, Area.valid_from == today))
    for area in db.session.scalars(select(Area).where(*made, Area.valid_to.is_(None))):
        area.valid_to = today
    db.session.flush()


def _cells(outline: BaseGeometry, metres: int) -> Iterable[tuple[str, MultiPolygon]]:
    """Squares hung on the south-west corner of the county's box; codes are size, column and row."""
    west, south, east, north = outline.bounds
    high = metres / 111_195.0
    wide = high / max(0.01, math.cos(math.radians((south + north) / 2)))
    column, x = 0, west
    while x < east:
        row, y = 0, south
        while y < north:
            piece = outline.intersection(box(x, y, x + wide, y + high))
            parts = [part for part in getattr(piece, "geoms", [piece]) if part.geom_type == "Polygon" and not part.is_empty]
            if parts:
                yield f"G{metres}-{column:03d}-{row:03d}", MultiPolygon(parts)
            row, y = row + 1, y + high
        column, x = column + 1, x + wide

