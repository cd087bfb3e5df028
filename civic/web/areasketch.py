"""A small drawing of outlines and dots: the county as a line, areas on it. A sketch 示意图, never a boundary to go by."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from civic.reference import county
from civic.web import basemap

Ring = Sequence[tuple[float, float]]
LIMIT = 6_000
"""Points drawn at most; finer outlines are thinned evenly, for a picture of a few hundred pixels."""


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    tone: str
    title: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """SVG path data of the county and of each area, and dots, in a box of `width` by `height`."""

    width: int
    height: int
    county: str
    areas: tuple[str, ...]
    dots: tuple[Dot, ...]
    line: str = ""
    """A path through the dots, where there is one."""


def draw(areas: Sequence[Sequence[Ring]], dots: Iterable[tuple[float, float, str, str]] = (), *, width: int = 480,
         close: bool = True, line: Sequence[tuple[float, float]] = ()) -> Drawing:
    """Draws areas (rings of WGS-84 degrees) and dots (lng, lat, tone, title); `close` zooms in on the areas."""
    spots = [spot for rings in areas for ring in rings for spot in ring]
    west, south, east, north = _box(spots) if close and spots else county.current().map.box
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = min(width / max((east - west) * squeeze, 1e-9), 1.2 * width / max(north - south, 1e-9))
    wide, height = max(round((east - west) * squeeze * scale), 1), max(round((north - south) * scale), 1)

    def put(lng: float, lat: float) -> tuple[float, float]:
        return round((lng - west) * squeeze * scale, 1), round((north - lat) * scale, 1)

    def path(rings: Sequence[Ring], step: int = 1) -> str:
        return "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in (put(*spot[:2]) for spot in ring[::step])) + "Z"
                       for ring in rings if len(ring) > 3)
    step = max(1, len(spots) // LIMIT)
    return Drawing(wide, height, path(basemap.county_rings()), tuple(path(rings, step) for rings in areas),
                   tuple(Dot(*put(lng, lat), tone, title) for lng, lat, tone, title in dots),
                   "M" + "L".join(f"{x:g} {y:g}" for x, y in (put(*spot) for spot in line)) if len(line) > 1 else "")


def _box(spots: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    lngs, lats = [spot[0] for spot in spots], [spot[1] for spot in spots]
    pad = 0.08 * max(max(lngs) - min(lngs), max(lats) - min(lats), 0.002)
    return min(lngs) - pad, min(lats) - pad, max(lngs) + pad, max(lats) + pad
