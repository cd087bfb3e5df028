"""The one door for coordinates of other datums: WGS-84 (= CGCS2000 here), GCJ-02 and BD-09.

Inside we keep WGS-84 longitude, latitude in degrees. The GCJ-02 shift is the published approximation on the
Krasovsky 1940 ellipsoid; the inverse iterates until it is far within 0.1 m (governance reference, section 9).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

Forward = Callable[[float, float], tuple[float, float]]

_AXIS = 6378245.0  # metres, Krasovsky 1940
_ECCENTRICITY2 = 0.00669342162296594323
_BD_TURN = math.pi * 3000.0 / 180.0
_PRECISION = 1e-10  # degrees, about 0.01 mm
_MAX_ROUNDS = 30


class Datum(StrEnum):
    """Which datum a coordinate pair was given in; CGCS2000 differs from WGS-84 by centimetres and is stored as it."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way a misread pair may have been meant: the datum it was in, whether swapped, and the point in WGS-84."""

    datum: Datum
    lng: float
    lat: float
    swapped: bool = False


def in_china(lng: float, lat: float) -> bool:
    """Whether the shift applies at all: the rectangle every known implementation uses."""
    return 72.004 <= lng <= 137.8347 and 0.8293 <= lat <= 55.8271


def wgs_to_gcj(lng: float, lat: float) -> tuple[float, float]:
    """WGS-84 to GCJ-02, degrees; unchanged outside China."""
    if not in_china(lng, lat):
        return lng, lat
    x, y = lng - 105.0, lat - 35.0
    waves = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + waves
    east += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    east += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + waves
    north += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    north += (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    radians = math.radians(lat)
    magic = 1.0 - _ECCENTRICITY2 * math.sin(radians) ** 2
    north = math.degrees(north / (_AXIS * (1.0 - _ECCENTRICITY2) / magic**1.5))
    east = math.degrees(east / (_AXIS / math.sqrt(magic) * math.cos(radians)))
    return lng + east, lat + north


def gcj_to_bd(lng: float, lat: float) -> tuple[float, float]:
    """GCJ-02 to BD-09, degrees; unchanged outside China."""
    if not in_china(lng, lat):
        return lng, lat
    radius = math.hypot(lng, lat) + 0.00002 * math.sin(lat * _BD_TURN)
    angle = math.atan2(lat, lng) + 0.000003 * math.cos(lng * _BD_TURN)
    return radius * math.cos(angle) + 0.0065, radius * math.sin(angle) + 0.006


def wgs_to_bd(lng: float, lat: float) -> tuple[float, float]:
    """WGS-84 to BD-09, degrees; unchanged outside China."""
    return gcj_to_bd(*wgs_to_gcj(lng, lat)) if in_china(lng, lat) else (lng, lat)


def gcj_to_wgs(lng: float, lat: float) -> tuple[float, float]:
    """GCJ-02 to WGS-84, degrees, within 0.1 m; unchanged outside China."""
    return _inverse(wgs_to_gcj, lng, lat)


def bd_to_gcj(lng: float, lat: float) -> tuple[float, float]:
    """BD-09 to GCJ-02, degrees, within 0.1 m; unchanged outside China."""
    return _inverse(gcj_to_bd, lng, lat)


def bd_to_wgs(lng: float, lat: float) -> tuple[float, float]:
    """BD-09 to WGS-84, degrees, within 0.1 m; unchanged outside China."""
    return _inverse(wgs_to_bd, lng, lat)


_TO_WGS: dict[Datum, Forward] = {Datum.GCJ02: gcj_to_wgs, Datum.BD09: bd_to_wgs}
_FROM_WGS: dict[Datum, Forward] = {Datum.GCJ02: wgs_to_gcj, Datum.BD09: wgs_to_bd}


def to_wgs(lng: float, lat: float, source: Datum) -> tuple[float, float]:
    """A pair in any datum as WGS-84 longitude and latitude in degrees."""
    return _TO_WGS[source](lng, lat) if source in _TO_WGS else (lng, lat)


def from_wgs(lng: float, lat: float, target: Datum) -> tuple[float, float]:
    """A WGS-84 pair in any datum, for a map or a picker that expects it."""
    return _FROM_WGS[target](lng, lat) if target in _FROM_WGS else (lng, lat)


def reinterpret(lng: float, lat: float, inside: Callable[[float, float], bool]) -> list[Candidate]:
    """Readings of a pair outside the county that fall inside it: as GCJ-02, as BD-09, with the numbers swapped.

    `inside(lng, lat)` tells about a WGS-84 point. Most likely first; empty when the pair is inside as it is, or when
    no reading helps. An offer to a person, never a silent correction.
    """
    if not (math.isfinite(lng) and math.isfinite(lat)) or inside(lng, lat):
        return []
    return list(_readings(lng, lat, inside))


def _readings(lng: float, lat: float, inside: Callable[[float, float], bool]) -> Iterator[Candidate]:
    for swapped in (False, True):
        x, y = (lat, lng) if swapped else (lng, lat)
        for datum in (Datum.WGS84, Datum.GCJ02, Datum.BD09):
            point = to_wgs(x, y, datum)
            if inside(*point):
                yield Candidate(datum, *point, swapped=swapped)


def _inverse(forward: Forward, lng: float, lat: float) -> tuple[float, float]:
    """Solves forward(x) = (lng, lat); the shift is so flat that plain repetition gains two digits a round."""
    if not in_china(lng, lat):
        return lng, lat
    x, y = lng, lat
    for _ in range(_MAX_ROUNDS):
        seen_x, seen_y = forward(x, y)
        x, y = x + lng - seen_x, y + lat - seen_y
        if abs(lng - seen_x) < _PRECISION and abs(lat - seen_y) < _PRECISION:
            break
    return x, y
