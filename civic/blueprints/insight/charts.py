"""Geometry of the charts: drawn on the server as SVG with its words inside, so that a picture can be taken away.

Everything is an attribute; the page's policy allows no style. Every chart stands beside the table it is drawn from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from civic.blueprints.insight import page
from civic.insight import rows
from civic.insight.rows import Row

WIDE, NARROW = 760, 340
ROW = 34
LINES = ("response_rate", "on_time_rate", "solved_strict")
"""What the chart by month draws, each with a mark of its own."""


@dataclass(frozen=True, slots=True)
class Bar:
    """`x0`…`x1` is the interval; `width` is None where nothing may be said."""

    y: float
    label: str
    value: str
    width: float | None
    x0: float = 0.0
    x1: float = 0.0


@dataclass(frozen=True, slots=True)
class Bars:
    title: str
    note: str
    width: int
    height: int
    left: int
    span: float
    ticks: Sequence[tuple[float, str]]
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float
    value: str
    month: str


@dataclass(frozen=True, slots=True)
class Series:
    """`runs`: the line, broken where a month has too few; `mark`: square, circle or diamond."""

    label: str
    mark: str
    dash: str
    runs: Sequence[str]
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Lines:
    title: str
    note: str
    width: int
    height: int
    left: int
    right: int
    ticks: Sequence[tuple[float, str]]
    months: Sequence[tuple[float, str]]
    series: Sequence[Series]


def compares(shown: Sequence[Row], by: str) -> bool:
    """Whether two rows can be drawn beside one another."""
    return len(shown) > 1 and any(row.cells[by].state == rows.FINE for row in shown if not row.merged)


def bars(title: str, shown: Sequence[Row], by: str, narrow: bool) -> Bars:
    """Shares of several units with their 95 % intervals."""
    width, left = (NARROW, 112) if narrow else (WIDE, 190)
    right = 62
    span = width - left - right

    def bar(number: int, row: Row) -> Bar:
        cell, y = row.cells[by], 58 + number * ROW
        name = row.label if len(row.label) <= (7 if narrow else 12) else row.label[:6 if narrow else 11] + "…"
        if cell.state != rows.FINE or cell.value is None:
            return Bar(y, name, page.value_of(cell), None)
        return Bar(y, name, page.value_of(cell), round(cell.value * span, 1),
                   round(left + (cell.low or 0) * span, 1), round(left + (1 if cell.high is None else cell.high) * span, 1))
    ticks = [(round(left + part * span / 4, 1), f"{part * 25}%") for part in range(5)]
    return Bars(title, _("细线是 95% 区间：件数越少，线越长"), width, 58 + ROW * len(shown) + 30, left, span, ticks,
                [bar(number, row) for number, row in enumerate(shown)])


MARKS = (("square", ""), ("circle", "7 4"), ("diamond", "2 3"))


def worth(months: Sequence[Row]) -> bool:
    """Whether there is a line to draw: two months with enough to say of at least one share."""
    return any(sum(row.cells[code].state == rows.FINE for row in months) > 1 for code in LINES)


def lines(title: str, months: Sequence[Row], narrow: bool) -> Lines:
    """A few shares month by month."""
    width, left, right, top, height = (NARROW, 40, 14, 96, 150) if narrow else (WIDE, 48, 20, 62, 210)
    step = (width - left - right) / max(1, len(months) - 1)
    places = [round(left + number * step, 1) if len(months) > 1 else left + (width - left - right) / 2
              for number in range(len(months))]

    def series(code: str, mark: str, dash: str) -> Series:
        points: list[Point] = []
        runs: list[list[Point]] = [[]]
        for x, row in zip(places, months, strict=True):
            cell = row.cells[code]
            if cell.state != rows.FINE or cell.value is None:
                runs.append([])
                continue
            point = Point(x, round(top + (1 - cell.value) * height, 1), page.value_of(cell), row.key)
            points.append(point)
            runs[-1].append(point)
        paths = [" ".join(f"{point.x},{point.y}" for point in run) for run in runs if len(run) > 1]
        return Series(_(months[0].cells[code].figure.name), mark, dash, paths, points)
    every = max(1, -(-len(months) // (4 if narrow else 12)))
    return Lines(
        title, _("件数不足 10 的月份不画"), width, top + height + 44, left, right,
        [(round(top + (4 - part) * height / 4, 1), f"{part * 25}%") for part in range(5)],
        [(x, row.key) for number, (x, row) in enumerate(zip(places, months, strict=True)) if number % every == 0],
        [series(code, *look) for code, look in zip(LINES, MARKS, strict=True)] if months else [])
