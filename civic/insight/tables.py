"""The tables of the figure pages: rows by unit, town, kind or month, with names, totals, small groups together, ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from civic.insight import formulas, queries, refresh, rows
from civic.insight.figures import COMPARED, FIGURES, Figure, about
from civic.insight.queries import Only, Period, Scope, Tally
from civic.insight.rows import Cell, Row
from civic.kit.result import Invalid
from civic.models import CountySetting, db
from civic.reference import lookup, version

WEIGHTS_KEY = "figures.weights"
KINDS = {"departments": "department", "towns": "town", "categories": "category", "months": "month"}
ABOUT = {"department": ("order",), "town": ("order", "case", "town"), "category": ("order", "case"),
         "month": ("order", "case"), "": ("order", "case", "county")}


@dataclass(frozen=True, slots=True)
class Group:
    """Peers: only these may be compared with one another."""

    name: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Table:
    """`groups` for units, otherwise one group. `by`: what the order goes by. `fresh` None: never counted yet."""

    kind: str
    by: Figure
    figures: Sequence[Figure]
    groups: Sequence[Group]
    total: Row
    fresh: datetime | None
    weights: Sequence[float]

    @property
    def rows(self) -> list[Row]:
        return [row for group in self.groups for row in group.rows]


def weights() -> Sequence[float]:
    """What the county has set for the score, or the default."""
    value = db.session.scalar(select(CountySetting.value).where(CountySetting.key == WEIGHTS_KEY))
    sound = isinstance(value, list) and len(value) == 3 and all(isinstance(part, (int, float)) for part in value)
    return tuple(value) if sound and value is not None and abs(sum(value) - 1) < 1e-9 else formulas.WEIGHTS


def set_weights(parts: Sequence[float]) -> None:
    """Sets the weights of the score; Invalid unless three that add up to 1. Flush only."""
    if len(parts) != 3 or min(parts) < 0 or abs(sum(parts) - 1) > 1e-9:
        raise Invalid({"weights": _("三个权重都不小于 0，加起来是 1。")})
    version.put(WEIGHTS_KEY, [float(part) for part in parts])
    db.session.flush()


def fresh() -> datetime | None:
    """As of when the figures are."""
    last = refresh.state()
    return last.as_of if last else None


def name_of(dimension: str, key: str) -> str:
    """A unit, town, kind or month as people call it."""
    if dimension == "department":
        return lookup.department_name(key)
    if dimension == "town":
        return lookup.town_name(key) or _("地点未定")
    if dimension == "category":
        return lookup.category_name(key) or _("未分类")
    return key


def table(kind: str, seen: Scope, when: Period, by: str = "") -> Table:
    """All rows of a kind, with the total of them."""
    dimension = KINDS[kind]
    figures = about(*ABOUT[dimension])
    chosen = FIGURES.get(by, FIGURES[COMPARED])
    chosen = chosen if chosen.comparable else FIGURES[COMPARED]
    tallies = queries.tally(dimension, seen, when)
    people = queries.populations() if dimension == "town" else {}
    weigh = weights()
    alone, together, rest = rows.gather(tallies, "counted" if dimension == "department" else "cases", seen.public)
    total = Tally()
    for one in tallies.values():
        total.add(one)

    def row(key: str, label: str, tally: Tally, group: str = "", merged: tuple[str, ...] = ()) -> Row:
        inhabitants, year = people.get(key, (None, ""))
        made = rows.cells(figures, tally, seal=not seen.sealed, population=inhabitants, weights=weigh)
        return Row(key, label, group, tally, made, merged,
                   extra={"population": inhabitants, "population_note": year} if inhabitants else {})
    found = [row(key, name_of(dimension, key), tally, _group(dimension, key)) for key, tally in alone.items()]
    if together:
        label = _("其余 %(n)s 项（各不足 %(few)s 件，合在一起）", n=len(together), few=rows.FEW)
        found.append(row("", label, rest, "", together))
    found = found if seen.sealed else rows.cover(found)
    everything = [figure for figure in figures if figure.about != "town"]
    summed = Row("", _("合计"), "", total, rows.cells(everything, total, seal=not seen.sealed, weights=weigh))
    return Table(kind, chosen, figures, _grouped(dimension, found, chosen), summed, fresh(), weigh)


def _group(dimension: str, key: str) -> str:
    if dimension != "department":
        return ""
    unit = lookup.snapshot().departments.latest(key)
    return rows.peers(unit.group) if unit else ""


def _grouped(dimension: str, found: list[Row], by: Figure) -> list[Group]:
    """Units by their peers and ranked inside; towns and kinds in the order of how many, never ranked; months by time."""
    if dimension == "month":
        return [Group("", sorted(found, key=lambda row: (bool(row.merged), row.key)))] if found else []
    if dimension != "department":
        return [Group("", sorted(found, key=lambda row: (bool(row.merged), -row.tally.counts.get("cases", 0), row.key)))
                ] if found else []
    names = sorted({row.group for row in found if not row.merged})
    groups = [Group(name, rows.ranked([row for row in found if row.group == name and not row.merged], by.code))
              for name in names]
    rest = [row for row in found if row.merged]
    return [*groups, Group("", rest)] if rest else groups


def one(seen: Scope, when: Period, only: Only | None = None) -> Row:
    """All figures of the county, or of one unit or town."""
    only = only or Only()
    dimension = "department" if only.department else "town" if only.town else ""
    figures = about(*ABOUT[dimension])
    tally = queries.tally("", seen, when, only).get("", Tally())
    if not dimension:
        tally.counts["published"], tally.counts["publishable"] = queries.publicity(when)
    inhabitants, year = queries.populations().get(only.town, (None, "")) if only.town else (None, "")
    made = rows.cells(figures, tally, seal=not seen.sealed, population=inhabitants, weights=weights())
    key = only.department or only.town
    return Row(key, name_of(dimension, key), _group(dimension, key), tally, made,
               extra={"population": inhabitants, "population_note": year} if inhabitants else {})


def months(seen: Scope, when: Period, only: Only | None = None) -> list[Row]:
    """The months one after the other, for a chart; in public without those of fewer than five orders."""
    figures = about("order")
    found = queries.tally("month", seen, when, only)
    made = [Row(key, key, "", tally, rows.cells(figures, tally, seal=not seen.sealed))
            for key, tally in sorted(found.items()) if key and (
                not seen.public or tally.counts.get("counted", 0) >= rows.FEW)]
    return made if seen.sealed else rows.cover(made)


def withheld(row: Row, seen: Scope) -> bool:
    """Whether so little is public of this unit that nothing is said about it."""
    return seen.public and 0 < max(row.size, row.tally.counts.get("cases", 0)) < rows.FEW


__all__ = ["Cell", "Group", "Row", "Table", "fresh", "months", "name_of", "one", "table", "weights", "withheld"]
