"""The monthly report 民情报告 of a unit, a town or the county: what the public may know of one month, with the month before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from civic.access.actor import Actor
from civic.insight import queries, tables
from civic.insight.counts import COUNTS
from civic.insight.queries import Behind, Only, Period, Scope
from civic.insight.rows import Row
from civic.kit import clock
from civic.kit.result import NotFound
from civic.reference import county, lookup

MOST = 12
KINDS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Report:
    """`kinds`: what the month's cases were about; `late`: what was not answered in time and still is not."""

    name: str
    long_name: str
    month: str
    seen: Scope
    row: Row
    before: Row
    months: Sequence[Row]
    kinds: Sequence[tuple[str, int]]
    late: Sequence[Behind]
    late_total: int
    withheld: bool
    fresh: datetime | None


def months(count: int = 12) -> list[str]:
    """The months there may be a report of, the newest first; the running one is not over."""
    this = f"{clock.local(clock.now()):%Y-%m}"
    return [queries.shift(this, -back) for back in range(1, count + 1)]


def make(dimension: str, code: str, only: Only, month: str) -> Report:
    """NotFound for a month that has not begun."""
    if month > f"{clock.local(clock.now()):%Y-%m}":
        raise NotFound()
    seen = queries.scope_of(Actor.visitor())
    row = tables.one(seen, queries.period(month), only)
    year = Period("", queries.shift(month, -11), month)
    late = queries.behind(COUNTS["overdue"], seen, queries.period("all"), only, size=MOST)
    found = queries.tally("category", seen, queries.period(month), only)
    base = "counted" if only.department else "cases"
    kinds = sorted(((lookup.category_name(key), tally.counts.get(base, 0)) for key, tally in found.items()),
                   key=lambda pair: (-pair[1], pair[0]))
    name, long_name = _names(dimension, code, only)
    return Report(
        name, long_name,
        month, seen, row, tables.one(seen, queries.period(queries.shift(month, -1)), only),
        tables.months(seen, year, only), [pair for pair in kinds if pair[1]][:KINDS_SHOWN], late.rows, late.total,
        tables.withheld(row, seen), tables.fresh())


def _names(dimension: str, code: str, only: Only) -> tuple[str, str]:
    """Short and long; the county's own where there is neither unit nor town."""
    if not dimension:
        return county.current().short_name, county.current().name
    return tables.name_of(dimension, code), (
        lookup.department_name(code, short=False) if only.department else lookup.town_name(code))
