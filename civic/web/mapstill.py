"""The map as a picture that moves nothing: the county, its neighbours, and the same cases as the list. For readers without
WebGL or without script, and while the map loads. Drawn from a list's rows, or from counts by town when there are too many.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from civic.reference import county, lookup
from civic.web import basemap

WIDTH, HEIGHT = 420, 440
PAD = 0.02
LEAST, WIDEST = 11.0, 17.0
ROUNDS = 80
LABEL = 13
"""Height of a name, and the width of one character."""


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    tone: str
    title: str


@dataclass(frozen=True, slots=True)
class Town:
    """A town's name at its centre; with `count` a circle that leads to its cases."""

    x: float
    y: float
    name: str
    code: str
    count: int = 0
    radius: float = 0


@dataclass(frozen=True, slots=True)
class Still:
    """An SVG of `width` by `height`: path data of the county, dots of cases or circles of towns."""

    width: int
    height: int
    outline: str
    around: str
    dots: tuple[Dot, ...] = ()
    towns: tuple[Town, ...] = ()

    @property
    def counted(self) -> bool:
        return any(town.count for town in self.towns)


class _Paper:
    """WGS-84 degrees on the picture."""

    def __init__(self) -> None:
        west, south, east, north = county.current().map.box
        self.squeeze = math.cos(math.radians((south + north) / 2))
        wide, high = (east - west) * self.squeeze, north - south
        self.scale = (1 - 2 * PAD) * min(WIDTH / wide, HEIGHT / high)
        self.west = west - (WIDTH / self.scale - wide) / 2 / self.squeeze
        self.north = north + (HEIGHT / self.scale - high) / 2

    def put(self, lng: float, lat: float) -> tuple[float, float]:
        return round((lng - self.west) * self.squeeze * self.scale, 1), round((self.north - lat) * self.scale, 1)

    def path(self, rings: Iterable[Sequence[Sequence[float]]]) -> str:
        return "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in (self.put(*spot[:2]) for spot in ring)) + "Z" for ring in rings if len(ring) > 3)


def _apart(towns: list[Town]) -> list[Town]:
    """The circles with their names moved just so far that none covers another."""
    spots = [[town.x, town.y] for town in towns]
    half = [(max(town.radius, len(town.name) * LABEL / 2) + 1, town.radius + LABEL / 2 + 3) for town in towns]
    for _ in range(ROUNDS):
        moved = False
        for one in range(len(towns)):
            for other in range(one):
                wide, high = half[one][0] + half[other][0], half[one][1] + half[other][1]
                dx, dy = spots[one][0] - spots[other][0], spots[one][1] - spots[other][1]
                over_x, over_y = wide - abs(dx), high - abs(dy)
                if over_x <= 0 or over_y <= 0:
                    continue
                along, over, way = (0, over_x, dx) if over_x < over_y else (1, over_y, dy)
                push = (over / 2 + 0.5) * (1 if way >= 0 else -1)
                spots[one][along] += push
                spots[other][along] -= push
                moved = True
        if not moved:
            break
    return [replace(town, x=round(min(max(x, wide), WIDTH - wide), 1), y=round(min(max(y, high), HEIGHT - high), 1))
            for town, (x, y), (wide, high) in zip(towns, spots, half, strict=True)]


def draw(spots: Iterable[tuple[float, float, str, str]], counts: Mapping[str, int] | None = None) -> Still:
    """Dots at (lng, lat, tone, title); with counts by town's code circles instead."""
    paper = _Paper()
    most = max((counts or {}).values(), default=0)
    towns = []
    for town in lookup.towns():
        if town.lng is None or town.lat is None:
            continue
        count = (counts or {}).get(town.code, 0)
        radius = round(LEAST + (WIDEST - LEAST) * math.sqrt(count / most), 1) if count else 0
        towns.append(Town(*paper.put(town.lng, town.lat), town.name, town.code, count, radius))
    towns = _apart(towns)
    dots = () if counts else tuple(Dot(*paper.put(lng, lat), tone, title) for lng, lat, tone, title in spots)
    return Still(WIDTH, HEIGHT, paper.path(basemap.county_rings()), paper.path(basemap.neighbour_rings()), dots, tuple(towns))
