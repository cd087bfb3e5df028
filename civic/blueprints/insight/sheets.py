"""Tables and lists to take away: plain numbers, with what they are and as of when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from civic.blueprints.insight import page
from civic.insight import queries, rows, tables
from civic.insight.counts import COUNTS, Count
from civic.insight.export import Sheet, Value
from civic.insight.figures import Figure
from civic.insight.queries import Behind, Only
from civic.insight.rows import Cell, Row
from civic.insight.tables import Table
from civic.kit import clock
from civic.reference import lookup
from civic.web.sheets import answer as answer


def behind(count: Count, look: page.Look, only: Only) -> Sheet:
    """The whole list behind a number."""
    found = queries.behind(count, look.seen, look.when, only, size=None)
    heads = [_("案件号"), _("标题"), _("转办单"), _("承办单位"), _("镇街"), _("类别"), _("日期")]

    def body() -> Iterator[Sequence[Value]]:
        return (_case(row) for row in found.rows)
    return Sheet(f"figures-{count.code}-{look.when.code or 'recent'}", heads, body(),
                 [f"{_(COUNTS[count.code].label)}{_('：')}{found.total}", *notes(tables.fresh(), look)])


def _case(row: Behind) -> Sequence[Value]:
    return (row.case, row.title, row.order, lookup.department_name(row.department), lookup.town_name(row.town),
            lookup.category_name(row.category), f"{clock.local(row.at):%Y-%m-%d}")


def sheet(table: Table, look: page.Look) -> Sheet:
    """The table with every figure, its sample and its interval, as plain numbers."""
    heads = [_(page.NAMES[table.kind]), _("可比组"), _("名次"), _("派出"), _("计入统计")]
    for figure in table.figures:
        heads += _heads(figure)
    body = [_values(row, table.figures) for row in (*table.rows, table.total)]
    return Sheet(f"figures-{table.kind}-{look.when.code or 'recent'}", heads, body, notes(table.fresh, look))


def notes(fresh: datetime | None, look: page.Look) -> list[str]:
    as_of = clock.local(fresh).strftime("%Y-%m-%d %H:%M") if fresh else "—"
    return [_("截至 %(when)s", when=as_of), _("期间：%(first)s 至 %(last)s", first=look.when.first or "—", last=look.when.last or "—"),
            _("只统计公开案件") if look.seen.public else _("本人权限内的全部案件"),
            _("每个数怎么算：%(url)s", url=url_for("insight.about", _external=True))]


def _heads(figure: Figure) -> list[str]:
    unit = {"share": "%", "points": _("百分点"), "days": _("工作日"), "score": "", "density": _("件/万人")}[figure.unit]
    name = _(figure.name) + (f"（{unit}）" if unit else "")
    return [name, *([_("区间下限"), _("区间上限")] if figure.unit in ("share", "days") else []),
            *(_(COUNTS[code].label) for code in figure.parts)]


def _values(row: Row, figures: Sequence[Figure]) -> list[Value]:
    counts = row.tally.counts
    found: list[Value] = [row.label, row.group, row.rank, counts.get("sent", 0), counts.get("counted", 0)]
    for figure in figures:
        found += _numbers(row.cells.get(figure.code), figure)
    return found


def _numbers(cell: Cell | None, figure: Figure) -> list[Value]:
    width = len(_heads(figure))
    if cell is None or cell.state in (rows.HIDDEN, rows.NONE):
        return [None] * width
    values: list[float | None] = [cell.value]
    if figure.unit in ("share", "days"):
        values += [cell.low, cell.high]
    if cell.state == rows.SMALL:
        values = [None] * len(values)
    numbers: Mapping[str, int] = dict(cell.parts)
    return [*(_plain(figure, value) for value in values), *(numbers.get(code) for code in figure.parts)]


def _plain(figure: Figure, value: float | None) -> float | None:
    if value is None:
        return None
    if figure.unit == "share":
        return round(value * 100, 1)
    if figure.unit == "days" and figure.code != "publicity_lag":
        return round(value / page.work_day(), 2)
    return round(value, 1)

