"""The order of a day's stops: exact for a few (Held-Karp), nearest neighbour bettered by 2-opt and Or-opt for more.

An open path from where one stands, by great-circle metres: roads are not known here, and the order is advice.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from civic.geo.areas import distance_m

Point = tuple[float, float]
EXACT = 9
"""Stops up to which the best order is found for certain."""
MOST = 60
GAIN = 0.5
"""Metres a change has to save."""


def metres(one: Point, other: Point) -> float:
    return distance_m(one[0], one[1], other[0], other[1])


def length(start: Point, stops: Sequence[Point]) -> float:
    """Metres of the path from the start through the stops in their order."""
    path = [start, *stops]
    return sum(metres(one, other) for one, other in pairwise(path))


def order(start: Point, stops: Sequence[Point]) -> list[int]:
    """Indices of the stops in the order to visit them; what is beyond sixty stops comes last as given."""
    near = list(range(min(len(stops), MOST)))
    if not near:
        return []
    points = [stops[index] for index in near]
    found = _exact(start, points) if len(points) <= EXACT else _improved(start, points, _nearest(start, points))
    return found + list(range(len(near), len(stops)))


def _table(start: Point, stops: Sequence[Point]) -> list[list[float]]:
    """Metres between all stops; row and column 0 are the start."""
    every = [start, *stops]
    return [[metres(one, other) for other in every] for one in every]


def _exact(start: Point, stops: Sequence[Point]) -> list[int]:
    """Held-Karp: the shortest path to each last stop, set of stops by set."""
    far, count = _table(start, stops), len(stops)
    best: dict[tuple[int, int], tuple[float, int]] = {(1 << last, last): (far[0][last + 1], -1) for last in range(count)}
    for seen in range(1, 1 << count):
        for last in range(count):
            if not seen & (1 << last) or (seen, last) not in best:
                continue
            walked = best[seen, last][0]
            for following in range(count):
                if not seen & (1 << following):
                    key, way = (seen | 1 << following, following), walked + far[last + 1][following + 1]
                    if key not in best or way < best[key][0]:
                        best[key] = way, last
    seen = (1 << count) - 1
    last = min(range(count), key=lambda stop: best[seen, stop][0])
    found: list[int] = []
    while last >= 0:
        found.append(last)
        seen, last = seen ^ (1 << last), best[seen, last][1]
    return found[::-1]


def _nearest(start: Point, stops: Sequence[Point]) -> list[int]:
    left, here, found = set(range(len(stops))), start, []
    while left:
        following = min(left, key=lambda stop: (metres(here, stops[stop]), stop))
        left.discard(following)
        found.append(following)
        here = stops[following]
    return found


def _improved(start: Point, stops: Sequence[Point], found: list[int]) -> list[int]:
    """Turns pieces around (2-opt) and moves pieces of up to three stops (Or-opt) while that shortens the path."""
    far, path = _table(start, stops), [0, *(stop + 1 for stop in found)]
    for _ in range(200):
        shorter = _turned(far, path) or _moved(far, path)
        if shorter is None:
            break
        path = shorter
    return [stop - 1 for stop in path[1:]]


def _turned(far: list[list[float]], path: list[int]) -> list[int] | None:
    """The path with one piece turned around that shortens it; the end is open."""
    for first in range(1, len(path) - 1):
        before, here = path[first - 1], path[first]
        for last in range(first + 1, len(path)):
            gain = far[before][here] - far[before][path[last]]
            if last + 1 < len(path):
                gain += far[path[last]][path[last + 1]] - far[here][path[last + 1]]
            if gain > GAIN:
                return path[:first] + path[first:last + 1][::-1] + path[last + 1:]
    return None


def _moved(far: list[list[float]], path: list[int]) -> list[int] | None:
    """The path with up to three neighbouring stops moved elsewhere that shortens it."""
    for size in (1, 2, 3):
        for first in range(1, len(path) - size + 1):
            piece, rest = path[first:first + size], path[:first] + path[first + size:]
            saved = far[rest[first - 1]][piece[0]]
            if first < len(rest):
                saved += far[piece[-1]][rest[first]] - far[rest[first - 1]][rest[first]]
            for place in range(1, len(rest) + 1):
                cost = far[rest[place - 1]][piece[0]]
                if place < len(rest):
                    cost += far[piece[-1]][rest[place]] - far[rest[place - 1]][rest[place]]
                if saved - cost > GAIN:
                    return rest[:place] + piece + rest[place:]
    return None
