"""The towns' outlines for the map, coarse: boundaries where they are loaded, else cells around the centres, which is said."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import mapping
from sqlalchemy import func, or_, select

from civic.geo import areas
from civic.kit import clock
from civic.models import Area, db
from civic.reference import county, lookup

TOLERANCE = 0.0004
"""Degrees, about 40 m: as fine as a map of the whole county shows."""


@dataclass(frozen=True, slots=True)
class TownArea:
    """A town's outline as a GeoJSON geometry; `approx`: made from centres, not a boundary."""

    code: str
    name: str
    approx: bool
    geometry: dict[str, Any]


def outlines() -> list[TownArea]:
    """Today's outlines of the towns that have one."""
    today = clock.local(clock.now()).date()
    rows = db.session.execute(
        select(Area.code, Area.approx, func.ST_AsGeoJSON(func.ST_SimplifyPreserveTopology(Area.geom, TOLERANCE), 5).label("shape"))
        .where(Area.kind == "town", Area.geom.is_not(None), or_(Area.valid_from.is_(None), Area.valid_from <= today),
               or_(Area.valid_to.is_(None), Area.valid_to > today)).order_by(Area.code)).all()
    if rows:
        return [TownArea(row.code, lookup.town_name(row.code), row.approx, json.loads(row.shape)) for row in rows]
    return _made()


def _made() -> list[TownArea]:
    outline = areas.County.load(county.current().outline).outline
    centres = [areas.Centre(town.code, town.lng, town.lat) for town in lookup.towns() if town.lng is not None and town.lat is not None]
    try:
        cells = areas.voronoi_cells(centres, outline)
    except ValueError:
        return []
    return [TownArea(code, lookup.town_name(code), True, json.loads(json.dumps(mapping(shapely.set_precision(shape, 0.00001)))))
            for code, shape in sorted(cells.items())]
