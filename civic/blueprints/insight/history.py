"""Pages of records brought in from elsewhere: their own source, never mixed with the county's cases."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import g, render_template, request, url_for
from flask_babel import gettext as _

from civic.blueprints.insight import bp, page, pictures, sheets
from civic.insight import history, queries
from civic.insight.export import Sheet, Value
from civic.insight.stats import MIN_SAMPLE, wilson
from civic.kit import clock
from civic.kit.result import NotFound
from civic.kit.text import clean
from civic.models import HistoryRecord, HistorySource, HistorySum
from civic.web import guard

CUTS = {"unit": "承办单位", "kind": "类别", "area": "区域", "month": "月份"}
MOST, MONTHS = 60, 36
"""Rows of a table on the page; the download has all."""


def days(seconds: float | None) -> str:
    """Natural days with two places, as they are written of such records."""
    return "—" if seconds is None else f"{seconds / history.DAY:.2f}"


@bp.get("/figures/history")
@guard.public
def history_index() -> Any:
    found = history.sources(g.actor)
    totals = [(one, history.total(one)) for one in found]
    return render_template("insight/history_index.html", totals=totals, days=days, **_common())


@bp.get("/figures/history/<code>")
@guard.public
def history_source(code: str) -> Any:
    """All figures of one source; `cut` is how the table below goes."""
    source = history.source_of(g.actor, code)
    cut = request.args.get("cut", "")
    cut = cut if cut in CUTS else "kind"
    rows = history.sums(source, cut)
    shown = rows[-MONTHS:] if cut == "month" else rows[:MOST]
    if request.args.get("format") in ("csv", "xlsx"):
        return sheets.answer(_sheet(source, cut, rows), request.args["format"])
    if request.args.get("format") == "json":
        drawn = [(row.key or _("没有写"), row.times["median"]) for row in shown if row.counts["closed"] >= MIN_SAMPLE]
        return pictures.columns(_(CUTS[cut]), drawn, history.DAY, _("办结用时中位数（自然日）"), lying=cut != "month")
    whole = history.total(source)
    return render_template(
        "insight/history.html", source=source, cut=cut, cuts=_cuts(source, cut), name=_(CUTS[cut]),
        cards=_cards(source, whole) if whole else [], left_out=_left_out(source, whole) if whole else [],
        rows=[_row(source, cut, row, whole) for row in shown] if whole else [], more=len(rows) - len(shown),
        heads=[_("中位数（天）"), _("九成（天）"), _("连同没办结的中位数（天）"),
               *([_("转办次数（平均）")] if whole and whole.counts["handed"] else [])],
        passes=history.spread_of_passes(source) if whole and whole.counts["handed"] else [], least=MIN_SAMPLE, **_common(source.code))


@bp.get("/figures/history/<code>/list")
@guard.public
def history_list(code: str) -> Any:
    """The records behind a number."""
    source, given = history.source_of(g.actor, code), request.args
    count = history.COUNTS.get(given.get("count", ""))
    if count is None:
        raise NotFound()
    only = {cut: clean(given[cut])[:80] for cut in CUTS if cut in given}
    if given.get("format") in ("csv", "xlsx"):
        return sheets.answer(_records(source, count, only), given["format"])
    found = history.behind(source, count, only, given.get("after", ""))
    return render_template("insight/history_list.html", source=source, count=count, found=found, days=_lasted,
                           where=[value or _("没有写") for value in only.values()], **_common(source.code))


# -- words ------------------------------------------------------------------------------------------------------------


def _common(code: str = "") -> dict[str, Any]:
    look = page.Look(queries.scope_of(g.actor), queries.period(""))
    return {"tabs": page.tabs("history", look), "sources": page.sources(code), "look": look}


def _cuts(source: HistorySource, now: str) -> list[dict[str, Any]]:
    return [{"label": _(name), "current": cut == now, "url": url_for("insight.history_source", code=source.code, cut=cut)}
            for cut, name in CUTS.items()]


def _link(source: HistorySource, code: str, only: Mapping[str, str]) -> str:
    more: dict[str, Any] = dict(only)
    return url_for("insight.history_list", code=source.code, count=code, **more)


def _part(source: HistorySource, row: HistorySum, code: str, only: Mapping[str, str]) -> page.Part:
    return page.Part(_(history.COUNTS[code].label), row.counts[code], _link(source, code, only))


def _shown(source: HistorySource, row: HistorySum, only: Mapping[str, str], name: str, value: str, codes: Sequence[str],
           spread: str = "", note: str = "") -> page.Shown:
    """A value with the counts it stands on; with fewer than ten, only these."""
    sample = row.counts[codes[-1]]
    state = "none" if not sample else "small" if sample < MIN_SAMPLE else "fine" if value[0] in string.digits else "words"
    said = {"none": "—", "small": _("样本不足")}.get(state, value)
    fine = state in ("fine", "words")
    return page.Shown(name, said, state, [_part(source, row, code, only) for code in codes],
                      spread if fine else "", note if fine else "", url_for("insight.about", _anchor="handling_median"))


def _time(source: HistorySource, row: HistorySum, only: Mapping[str, str], name: str, value: float | None) -> page.Shown:
    return _shown(source, row, only, name, _("%(n)s 天", n=days(value)), ["closed"])


def _with_open(source: HistorySource, row: HistorySum, only: Mapping[str, str], name: str, which: str) -> page.Shown:
    value, low, high = row.times["with_open"][which]
    words = _("一半以上还没办完") if which == "median" else _("一成以上还没办完")
    spread = _("95%% 区间 %(low)s–%(high)s", low=days(low), high=days(high) if high is not None else _("未知"))
    return _shown(source, row, only, name, words if value is None else _("%(n)s 天", n=days(value)), ["closed", "open", "counted"],
                  spread if value is not None else "", _("还没办结的按还在办计入（Kaplan–Meier）"))


def _passed(source: HistorySource, row: HistorySum, only: Mapping[str, str]) -> list[page.Shown]:
    """How often it went from hand to hand."""
    times = row.times
    if not row.counts["handed"]:
        return []
    mean = f"{times['passed_mean']:.2f}"
    return [
        _shown(source, row, only, _("转办次数（平均）"), _("%(n)s 次", n=mean), ["handed"]),
        _shown(source, row, only, _("转办次数（中位数）"), _("%(n)s 次", n=int(times["passed_median"])), ["handed"],
               note=_("最多 %(n)s 次", n=int(times["passed_max"]))),
        _shown(source, row, only, _("转办次数（九成）"), _("%(n)s 次", n=int(times["passed_p90"])), ["handed"]),
        _share(source, row, only, _("转办两次以上"), "twice", "handed")]


def _share(source: HistorySource, row: HistorySum, only: Mapping[str, str], name: str, part: str, whole: str) -> page.Shown:
    number, of = row.counts[part], row.counts[whole]
    low, high = wilson(number, of)
    return _shown(source, row, only, name, page.share(number / of) if of else "—", [part, whole],
                  _("95%% 区间 %(low)s–%(high)s", low=page.share(low), high=page.share(high)))


def _cards(source: HistorySource, row: HistorySum) -> list[tuple[str, list[page.Shown]]]:
    times, groups = row.times, []
    groups.append((_("快不快"), [
        _time(source, row, {}, _("办结用时（中位数）"), times["median"]), _time(source, row, {}, _("办结用时（九成）"), times["p90"]),
        *([_with_open(source, row, {}, _("连同没办结的（中位数）"), "median"),
           _with_open(source, row, {}, _("连同没办结的（九成）"), "p90")] if row.counts["open"] else []),
        *([_share(source, row, {}, _("期限前办结率"), "in_time", "due")] if row.counts["due"] else [])]))
    if passed := _passed(source, row, {}):
        groups.append((_("转了几手"), passed))
    return groups


def _left_out(source: HistorySource, row: HistorySum) -> list[page.Part]:
    return [_part(source, row, code, {}) for code in ("total", "counted", "closed", "open", "backwards")]


def _row(source: HistorySource, cut: str, row: HistorySum, whole: HistorySum) -> dict[str, Any]:
    only = {cut: row.key}
    cells = [_time(source, row, only, "", row.times["median"]), _time(source, row, only, "", row.times["p90"]),
             _with_open(source, row, only, "", "median")]
    if whole.counts["handed"]:
        cells.append(_shown(source, row, only, "", f"{row.times['passed_mean'] or 0:.2f}", ["handed"]))
    return {"label": row.key or _("没有写"), "size": _part(source, row, "counted", only), "cells": cells}


def _lasted(row: HistoryRecord) -> str:
    return days((row.closed_at - row.opened_at).total_seconds()) if row.closed_at else ""


# -- to take away -----------------------------------------------------------------------------------------------------


def _notes(source: HistorySource) -> list[str]:
    as_of = clock.local(source.as_of).strftime("%Y-%m-%d") if source.as_of else "—"
    return [source.name, source.note, _("文件截至 %(when)s", when=as_of), _("自然日；导入的历史记录，不是本县的案件")]


def _sheet(source: HistorySource, cut: str, rows: Sequence[HistorySum]) -> Sheet:
    heads = [_(CUTS[cut]), *(_(count.label) for count in history.COUNTS.values()), _("办结用时中位数（天）"), _("办结用时九成（天）"),
             _("连同没办结的中位数（天）"), _("连同没办结的九成（天）"), _("转办次数（平均）"), _("转办次数（中位数）"),
             _("转办次数（九成）"), _("转办次数（最多）")]

    def body() -> Iterator[Sequence[Value]]:
        for row in [*rows, *([whole] if (whole := history.total(source)) else [])]:
            times = row.times
            lengths = [times["median"], times["p90"], times["with_open"]["median"][0], times["with_open"]["p90"][0]]
            yield [(row.key or _("没有写")) if row.cut else _("合计"), *(row.counts[code] for code in history.COUNTS),
                   *(None if value is None else round(value / history.DAY, 4) for value in lengths),
                   *(times[name] for name in ("passed_mean", "passed_median", "passed_p90", "passed_max"))]
    return Sheet(f"history-{source.code}-{cut}", heads, list(body()), _notes(source))


def _records(source: HistorySource, count: history.Count, only: Mapping[str, str]) -> Sheet:
    heads = [_("编号"), _("受理"), _("办结"), _("天数"), *(_(name) for name in list(CUTS.values())[:3]), _("渠道"), _("转办次数"), _("经过")]

    def body() -> Iterator[Sequence[Value]]:
        for row in history.behind(source, count, only, size=None).rows:
            closed = f"{clock.local(row.closed_at):%Y-%m-%d %H:%M}" if row.closed_at else ""
            yield (row.number, f"{clock.local(row.opened_at):%Y-%m-%d %H:%M}", closed, _lasted(row), row.unit, row.kind,
                   row.area, row.channel, row.passed_on, " → ".join(row.chain))
    return Sheet(f"history-{source.code}-{count.code}", heads, list(body()), _notes(source))
