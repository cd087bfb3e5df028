"""The rates of a town as the figures pages have them: the same cells, the same least sample, the same silence about few."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from civic.access.actor import Actor
from civic.insight import queries, rows, tables
from civic.insight.rows import Cell

SHOWN = ("demand_density", "on_time_rate", "solved_strict", "overdue_rate")


@dataclass(frozen=True, slots=True)
class Rate:
    """`sample`: how many it was counted from; `state` as on the figures pages."""

    label: str
    value: str
    state: str
    sample: int


def of_town(actor: Actor, code: str) -> list[Rate]:
    """The last twelve months of a town; nothing where it has too few public cases to stand alone."""
    found = tables.table("towns", queries.scope_of(actor), queries.period(""))
    row = next((row for row in found.rows if row.key == code and not row.merged), None)
    return [_rate(row.cells[name]) for name in SHOWN if name in row.cells] if row else []


def _rate(cell: Cell) -> Rate:
    return Rate(_(cell.figure.name), _value(cell), cell.state, cell.sample)


def _value(cell: Cell) -> str:
    if cell.state == rows.HIDDEN:
        return _("不公布")
    if cell.state == rows.SMALL:
        return _("样本不足")
    if cell.state == rows.NONE or cell.value is None:
        return "—"
    return f"{cell.value:.1f}" if cell.figure.unit == "density" else f"{cell.value * 100:.1f}%"
