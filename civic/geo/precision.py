"""What point the public sees of a case: never the door of whoever told us (promise S10).

The published point depends on the cell or area only, not on where in it the truth lies, so that every truth in one
cell gives the same answer however often it is asked, and nothing can be averaged. Anything that filters the public
map by place must filter by this point too, or probing with small boxes would give the truth away.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

METRES_PER_DEGREE = 111_195.0  # on a sphere of 6371.009 km
CELL_DEGREES = 0.001  # about 111 m north to south; east to west see `_step`
MIN_CELL_METRES = 80.0
MIN_DWELLINGS = 5  # fewer homes than this in a cell and its centre points at somebody


class Precision(StrEnum):
    """How finely a case is shown, finest first."""

    EXACT = "exact"  # a public place that is nobody's home: a crossing, a park, a bridge
    GRID = "grid"  # a cell of about 100 m
    VILLAGE = "village"  # the centre of the village or community
    TOWN = "town"  # the centre of the town


# How far, in metres, the truth may be from the public point; drawn as a circle so that nobody reads it as an address.
RADIUS = {Precision.EXACT: 0.0, Precision.GRID: 100.0, Precision.VILLAGE: 1_000.0, Precision.TOWN: 5_000.0}


@dataclass(frozen=True, slots=True)
class PublicPoint:
    """A point fit for everyone: WGS-84 degrees, the precision really used, and the circle it stands for in metres."""

    lng: float
    lat: float
    precision: Precision
    radius_m: float


def grid_cell(lng: float, lat: float) -> tuple[float, float]:
    """The centre of the fixed cell holding a point, WGS-84 degrees, no side shorter than MIN_CELL_METRES in China."""
    row = math.floor(_tidy(lat / CELL_DEGREES))
    centre_lat = (row + 0.5) * CELL_DEGREES
    step = _step(centre_lat)
    column = math.floor(_tidy(lng / step))
    return round((column + 0.5) * step, 6), round(centre_lat, 6)


def public_point(
    lng: float,
    lat: float,
    precision: Precision,
    *,
    village: tuple[float, float] | None = None,
    town: tuple[float, float] | None = None,
    dwellings: int | None = None,
) -> PublicPoint | None:
    """The point the public may see, or None when not even a town centre is known (then nothing is drawn).

    `village` and `town` are the centres of the areas the point lies in. `dwellings` is how many homes its grid cell
    holds where that is known: under MIN_DWELLINGS the next coarser class is used. Missing centres coarsen too.
    """
    if precision is Precision.EXACT:
        return _point(round(lng, 6), round(lat, 6), Precision.EXACT)
    if precision is Precision.GRID and (dwellings is None or dwellings >= MIN_DWELLINGS):
        return _point(*grid_cell(lng, lat), Precision.GRID)
    if precision is not Precision.TOWN and village is not None:
        return _point(*village, Precision.VILLAGE)
    return None if town is None else _point(*town, Precision.TOWN)


def _point(lng: float, lat: float, precision: Precision) -> PublicPoint:
    return PublicPoint(lng, lat, precision, RADIUS[precision])


def _step(lat: float) -> float:
    """Degrees of longitude a cell is wide: whole thousandths, more of them where the meridians draw together."""
    narrow = CELL_DEGREES * METRES_PER_DEGREE * max(math.cos(math.radians(lat)), 0.01)
    return CELL_DEGREES * math.ceil(MIN_CELL_METRES / narrow)


def _tidy(quotient: float) -> float:
    """0.3 / 0.1 is 2.9999…: a coordinate on a cell border belongs to the cell it starts, however it was computed."""
    return round(quotient, 6)
