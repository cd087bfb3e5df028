"""What the figure pages show, as words and addresses: a value, its sample, and a link to the cases behind each part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _

from civic.access.actor import Actor
from civic.insight import history, queries, rows
from civic.insight.counts import COUNTS, EXCLUSIONS
from civic.insight.figures import FIGURES
from civic.insight.queries import Only, Period, Scope
from civic.insight.rows import Cell, Row
from civic.insight.stats import MIN_SAMPLE
from civic.insight.tables import KINDS, Table
from civic.kit import clock
from civic.reference import calendars

COLUMNS = {
    "departments": ("response_rate", "on_time_rate", "handling_median", "handling_p90", "overdue_rate", "return_rate",
                    "solved_strict", "satisfied_rate", "self_praise"),
    "towns": ("demand_density", "response_rate", "on_time_rate", "handling_median", "solved_strict", "satisfied_rate",
              "recurrence_rate"),
    "categories": ("response_rate", "on_time_rate", "handling_median", "first_time_right", "solved_strict",
                   "recurrence_rate", "effect_rate"),
    "months": ("response_rate", "on_time_rate", "handling_median", "first_time_right", "solved_strict",
               "satisfied_rate", "callback_rate"),
}
"""What a table shows; the page of one row and the download have all of it."""
NAMES = {"departments": "承办单位", "towns": "镇街", "categories": "类别", "months": "月份"}


@dataclass(frozen=True, slots=True)
class Look:
    """What was asked for: whose eyes, which months, what the order goes by."""

    seen: Scope
    when: Period
    by: str = ""

    def args(self, **more: str) -> dict[str, Any]:
        """The address's arguments that stay when going on."""
        kept = {"p": self.when.code, "scope": "" if self.seen.public else "mine", **more}
        return {name: value for name, value in kept.items() if value}


@dataclass(frozen=True, slots=True)
class Part:
    """One of the counts of a figure: `url` opens the list behind it; empty where that would tell who said what."""

    label: str
    number: int
    url: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell in words. `spread` is the interval, `note` what else must be known to read the value."""

    name: str
    value: str
    state: str
    parts: Sequence[Part]
    spread: str
    note: str
    about: str


# -- values -----------------------------------------------------------------------------------------------------------


def work_day() -> int:
    """Minutes of a working day, to say lengths in days."""
    periods = calendars.current().hours.winter
    return sum((end.hour - start.hour) * 60 + end.minute - start.minute for start, end in periods)


def share(value: float) -> str:
    return f"{value * 100:.1f}%"


def days(minutes: float) -> str:
    return f"{minutes / work_day():.1f}"


def value_of(cell: Cell) -> str:
    """The value as people read it; a dash and its reason where there is none."""
    if cell.state == rows.HIDDEN:
        return _("不公布")
    if cell.state == rows.NONE:
        return "—"
    if cell.state == rows.SMALL:
        return _("样本不足")
    if cell.figure.unit == "days":
        return _length(cell)
    assert cell.value is not None
    return {"share": share(cell.value), "points": _("%(n)s 个百分点", n=f"{cell.value:+.1f}"), "score": f"{cell.value:.1f}",
            "density": f"{cell.value:.1f}"}[cell.figure.unit]


def _length(cell: Cell) -> str:
    if cell.value is None:
        return _("一半以上还没办完") if cell.figure.code == "handling_median" else _("一成以上还没办完")
    if cell.figure.code == "publicity_lag":
        return _("%(n)s 个工作日", n=int(cell.value))
    return _("%(n)s 个工作日", n=days(cell.value))


def _spread(cell: Cell) -> str:
    if cell.state != rows.FINE:
        return ""
    if cell.figure.unit == "share" and cell.low is not None and cell.high is not None and cell.figure.comparable:
        return _("95%% 区间 %(low)s–%(high)s", low=share(cell.low), high=share(cell.high))
    spread = cell.spread
    if spread is not None and cell.figure.code != "publicity_lag" and spread.value is not None:
        low = days(spread.low) if spread.low is not None else "0"
        high = days(spread.high) if spread.high is not None else _("未知")
        return _("95%% 区间 %(low)s–%(high)s", low=low, high=high)
    return ""


def _note(cell: Cell, row: Row) -> str:
    if cell.state == rows.HIDDEN:
        return _("不足 %(n)s 件", n=rows.FEW)
    if cell.state == rows.SMALL:
        return _("不足 %(n)s 件，不算比例", n=MIN_SAMPLE)
    notes = []
    if cell.spread is not None and cell.natural is not None:
        notes.append(_("已办 %(done)s 件，在办 %(open)s 件按还在办计入", done=cell.spread.done, open=cell.spread.open))
        if cell.natural.value is not None:
            notes.append(_("自然时长 %(n)s 天", n=f"{cell.natural.value / 1440:.1f}"))
    if cell.figure.code == "demand_density" and row.extra:
        notes.append(_("人口 %(n)s", n=f"{row.extra['population']:,}")
                     + (_("（") + row.extra["population_note"] + _("）") if row.extra["population_note"] else ""))
    return _("；").join(notes)


def shown(cell: Cell, row: Row, look: Look, only: Only | None) -> Shown:
    """`only` None: the row is several things together, whose cases no one list has."""
    figure = cell.figure
    parts = [Part(_(COUNTS[code].label), number, _behind(code, look, only)) for code, number in cell.parts]
    state = "words" if cell.state == rows.FINE and cell.value is None else cell.state
    return Shown(_(figure.name), value_of(cell), state, parts, _spread(cell), _note(cell, row),
                 url_for("insight.about", _anchor=figure.code))


def _behind(code: str, look: Look, only: Only | None) -> str:
    if only is None or not queries.may_open(COUNTS[code], look.seen):
        return ""
    if code == "published":  # of all cases, whoever looks
        look = Look(queries.scope_of(Actor.visitor()), look.when)
    return url_for("insight.behind", count=code, **look.args(
        department=only.department, town=only.town, category=only.category))


def only_of(kind: str, row: Row, look: Look) -> tuple[Look, Only | None]:
    """The look and the filter that lead from a row to its cases."""
    if row.merged:
        return look, None
    if kind == "months":
        return Look(look.seen, queries.period(row.key), look.by), Only()
    return look, Only(**{KINDS[kind]: row.key}) if row.key else None


def excluded(row: Row, look: Look, only: Only) -> list[Part]:
    """What the rates leave out, and how much of it."""
    return [Part(_(COUNTS[code].label), row.tally.counts[code], _behind(code, look, only))
            for code in ("sent", "counted", *EXCLUSIONS)]


# -- pages ------------------------------------------------------------------------------------------------------------


def groups(row: Row, look: Look, only: Only) -> list[tuple[str, list[Shown]]]:
    """All figures of one row, by what they are about."""
    found: dict[str, list[Shown]] = {}
    for cell in row.cells.values():
        found.setdefault(_(cell.figure.group), []).append(shown(cell, row, look, only))
    return list(found.items())


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table."""

    label: str
    url: str
    rank: str
    size: Part
    cells: Sequence[Shown]


def lines(kind: str, table_rows: Sequence[Row], look: Look) -> list[Line]:
    return [_line(kind, row, look) for row in table_rows]


def _line(kind: str, row: Row, look: Look) -> Line:
    where, only = only_of(kind, row, look)
    base = "counted" if kind == "departments" else "cases"
    url = ""
    if row.key and not row.merged:
        if kind in ("departments", "towns"):
            url = url_for("insight.one", kind=kind, code=row.key, **look.args())
        elif kind == "months":
            url = url_for("insight.overview", **look.args(p=row.key))
    rank = _("第 %(n)s（共 %(of)s）", n=row.rank, of=row.ranked_of) if row.rank else ""
    size = Part(_("件数"), row.tally.counts.get(base, 0), _behind(base, where, only))
    return Line(row.label, url, rank, size, [shown(row.cells[code], row, where, only) if code in row.cells else _blank(code)
                                             for code in COLUMNS[kind]])


def _blank(code: str) -> Shown:
    return Shown(_(FIGURES[code].name), "—", rows.NONE, (), "", "", url_for("insight.about", _anchor=code))


def tabs(now: str, look: Look) -> list[dict[str, Any]]:
    """The ways to cut the figures."""
    found = [{"label": _("总览"), "url": url_for("insight.overview", **look.args()), "current": now == "overview"}]
    found += [{"label": _(NAMES[kind]), "url": url_for("insight.table", kind=kind, **look.args()), "current": now == kind}
              for kind in KINDS]
    if now == "history" or sources():
        found.append({"label": _("历史数据"), "url": url_for("insight.history_index"), "current": now == "history"})
    found.append({"label": _("报道前后"), "url": url_for("insight.effect"), "current": now == "effect"})
    found.append({"label": _("红榜·待改进"), "url": url_for("insight.lists"), "current": now == "lists"})
    return [*found, {"label": _("口径"), "url": url_for("insight.about"), "current": now == "about"}]


def sources(now: str = "") -> list[dict[str, Any]]:
    """Where the records come from: the county's own cases, or those brought in from elsewhere. One statement a page."""
    if "history_sources" not in g:
        g.history_sources = [(one.code, one.name) for one in history.sources(g.actor)]
    own = [{"label": _("本县案件"), "url": url_for("insight.overview"), "current": not now}]
    more = [{"label": name, "url": url_for("insight.history_source", code=code), "current": now == code}
            for code, name in g.history_sources]
    return [*own, *more] if more else []


def period_name(when: Period) -> str:
    """The months in words."""
    return {"": _("近 12 个月"), "all": _("全部")}.get(when.code, when.code)


def periods(look: Look, endpoint: str, **values: Any) -> list[dict[str, Any]]:
    """The months to choose from."""
    this = f"{clock.local(clock.now()):%Y-%m}"
    codes = [("", _("近 12 个月")), (this, _("本月")), (queries.shift(this, -1), _("上月")), (this[:4], _("今年")), ("all", _("全部"))]
    if look.when.code not in {code for code, label in codes}:
        codes.append((look.when.code, look.when.code))
    return [{"label": label, "url": url_for(endpoint, **values, **look.args(p=code, by=look.by)),
             "current": look.when.code == code} for code, label in codes]


def scopes(look: Look, endpoint: str, **values: Any) -> list[dict[str, Any]]:
    """For staff: the public's figures or all that they may see."""
    if g.actor.kind != "user":
        return []
    return [{"label": label, "current": look.seen.public == (code == ""), "url": url_for(
        endpoint, **values, **{**look.args(by=look.by), "scope": code})}
            for code, label in (("", _("公众看到的")), ("mine", _("我能看到的全部")))]


def chosen(table: Table, look: Look) -> list[dict[str, Any]]:
    """What units may be put in order by."""
    return [{"label": _(FIGURES[code].name), "current": code == table.by.code,
             "url": url_for("insight.table", kind=table.kind, **look.args(by=code))}
            for code in COLUMNS[table.kind] if FIGURES[code].comparable]
