"""The icon of the app on a phone, drawn from our own SVG emblem: filled and stroked paths of lines and curves, no more.

A small reader of the few SVG path commands the emblem is made of (M L H V C A Z and their relatives); an arc is drawn as
a line to its end, which at the emblem's rounded corners nobody sees. Another emblem with the same commands works too.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image, ImageDraw

SIZES = (180, 192, 512)
"""Pixels: Apple's home screen, and the two the manifest must have."""
FINE = 4
"""Drawn so many times larger and shrunk, for smooth edges."""
_TOKEN = re.compile(r"[A-Za-z]|[-+]?(?:\d+\.\d*|\.\d+|\d+)")
_TAKES = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "A": 7, "Z": 0}
Point = tuple[float, float]


@lru_cache(maxsize=16)
def png(svg: Path, size: int, stamp: float, *, margin: float = 0.0) -> bytes:
    """The emblem as a square PNG of `size` pixels on its own ground; `margin` (a share of the side) keeps it inside the
    circle a phone may cut. `stamp` is the file's time and only tells one version from the next."""
    root = ElementTree.fromstring(svg.read_bytes())  # noqa: S314 - our own file, shipped with the program
    box = [float(part) for part in root.get("viewBox", "0 0 64 64").split()]
    side = size * FINE
    scale = side * (1 - 2 * margin) / max(box[2], box[3])
    picture = Image.new("RGB", (side, side), _ground(root))
    pen = ImageDraw.Draw(picture)
    for element, given in _shapes(root, {}):
        lines = [[((x - box[0]) * scale + side * margin, (y - box[1]) * scale + side * margin) for x, y in line]
                 for line in paths(element.get("d", ""))]
        _paint(pen, lines, given, scale)
    out = io.BytesIO()
    picture.resize((size, size), Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
    return out.getvalue()


def _ground(root: ElementTree.Element) -> str:
    """The colour of the first filled shape stands behind everything, up to the corners."""
    return next((given["fill"] for _, given in _shapes(root, {}) if given.get("fill", "none") != "none"), "#ffffff")


def _shapes(element: ElementTree.Element, above: dict[str, str]) -> Iterator[tuple[ElementTree.Element, dict[str, str]]]:
    given: dict[str, str] = {**above, **{name: element.attrib[name] for name in ("fill", "stroke", "stroke-width") if name in element.attrib}}
    if element.tag.endswith("path"):
        yield element, given
    for child in element:
        yield from _shapes(child, given)


def _paint(pen: ImageDraw.ImageDraw, lines: list[list[Point]], given: dict[str, str], scale: float) -> None:
    fill, stroke = given.get("fill", "#000000"), given.get("stroke", "none")
    for line in lines:
        if fill != "none" and len(line) > 2:
            pen.polygon(line, fill=fill)
        if stroke != "none":
            width = float(given.get("stroke-width", "1")) * scale
            pen.line(line, fill=stroke, width=round(width))
            for x, y in line:  # round ends and joints
                pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=stroke)


def paths(d: str) -> list[list[Point]]:
    """The lines of a path's `d`, curves as twelve straight pieces each."""
    tokens = _TOKEN.findall(d)
    lines: list[list[Point]] = []
    at, x, y, command = 0, 0.0, 0.0, "M"
    while at < len(tokens):
        if tokens[at].isalpha():
            command, at = tokens[at], at + 1
        upper, relative = command.upper(), command.islower()
        numbers = [float(part) for part in tokens[at:at + _TAKES[upper]]]
        at += _TAKES[upper]
        if upper == "Z":
            lines[-1].append(lines[-1][0])
            x, y = lines[-1][0]
            continue
        points = _points(upper, numbers, x, y, relative)
        if upper == "M":
            lines.append([points[-1]])
            command = "l" if relative else "L"
        else:
            lines[-1] += _curve((x, y), points) if upper == "C" else points
        x, y = points[-1]
    return lines


def _points(upper: str, numbers: list[float], x: float, y: float, relative: bool) -> list[Point]:
    dx, dy = (x, y) if relative else (0.0, 0.0)
    if upper == "H":
        return [(numbers[0] + dx, y)]
    if upper == "V":
        return [(x, numbers[0] + dy)]
    if upper == "A":
        numbers = numbers[5:]
    return [(numbers[n] + dx, numbers[n + 1] + dy) for n in range(0, len(numbers), 2)]


def _curve(start: Point, points: list[Point], pieces: int = 12) -> list[Point]:
    """A cubic Bézier curve as so many straight pieces."""
    found: list[Point] = []
    for step in range(1, pieces + 1):
        t = step / pieces
        parts = [*zip(((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t ** 2, t ** 3), (start, *points), strict=True)]
        found.append((sum(part * x for part, (x, _) in parts), sum(part * y for part, (_, y) in parts)))
    return found
