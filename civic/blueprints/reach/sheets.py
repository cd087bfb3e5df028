"""Tables to take away and to read in. None has a column for people: figures of several persons never stand in one table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from flask import Response, current_app, jsonify
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from civic.blueprints.reach import page
from civic.imports import sheets as tables
from civic.imports.sheets import Table
from civic.insight import adoption, effect, reach
from civic.insight.export import Sheet, Value
from civic.insight.reach_formulas import DEFINITION, LEVELS, METRICS
from civic.kit import clock
from civic.models import EffectSum, IndexSeries
from civic.reference import lookup
from civic.web.sheets import answer as answer
from civic.web.templating import asset
from civic.workflow.reach import AGES


def releases(found: reach.Listing, kind: str) -> Response:
    """Every release with all its figures as plain numbers."""
    heads = [_("标题"), _("渠道"), _("形式"), _("发布日"), _("链接"), *(f"T+{age} {_(word)}" for age in AGES for word in METRICS.values()),
             _("平常（中位数）"), _("平常的样本"), _("传开倍数")]

    def body() -> Iterator[Sequence[Value]]:
        for one in found.rows:
            item = one.item
            yield [item.coverage.title, page.channel(item.channel), page.form_word(item.coverage.format), f"{reach.out_on(item):%Y-%m-%d}",
                   item.link, *(getattr(one.rows[age], name) if age in one.rows else None for age in AGES for name in METRICS),
                   one.usual.value, one.usual.sample, None if one.times is None else round(one.times, 2)]
    return answer(Sheet("reach", heads, list(body()), [_(DEFINITION), _("总观看时长以秒计"), _stamp()]), kind)


def adoptions(found: adoption.Listing, kind: str) -> Response:
    heads = [_("报道"), _("级别"), _("媒体"), _("日期"), _("链接"), _("版面或时段"), _("对方标题"), _("说明")]
    rows = [[row.item.coverage.title, _(LEVELS[row.item.level]), row.item.outlet, f"{row.on:%Y-%m-%d}", row.item.link, row.item.slot,
             row.more.title if row.more else "", row.more.note if row.more else ""] for row in found.rows]
    return answer(Sheet("adoptions", heads, rows, [_stamp()]), kind)


def _stamp() -> str:
    return _("截至 %(when)s", when=f"{clock.local(clock.now()):%Y-%m-%d %H:%M}")


def template(channel: str) -> Response:
    """An empty table to fill in, with a row as an example."""
    heads = [_("链接"), _("标题"), _("统计日期"), _("阅读（播放）"), _("点赞"), _("评论"), _("转发")]
    return answer(Sheet(f"reach-{channel or 'template'}", heads, []), "csv")


def table_of(text: str, file: FileStorage | None) -> tuple[Table, str]:
    """The table of a file or of what was pasted, and the same as text with tabs so that it can be sent again."""
    sent = file.stream.read(tables.MOST_BYTES + 1) if file is not None and file.filename else None
    table = tables.pasted(text) if sent is None else tables.read(sent)
    lines = [table.header, *(cells for _number, cells in table.rows)]
    return table, "\n".join("\t".join(" ".join(cell.split()) for cell in line) for line in lines)


def chart_of(series: IndexSeries) -> Response:
    """One index month by month."""
    return chart("line", series.name, [row.month for row in series.values], [
        {"name": series.unit or _("数值"), "values": [None if row.value is None else float(row.value) for row in series.values]}])


def chart(kind: str, title: str, labels: Sequence[str], series: Sequence[dict[str, object]]) -> Response:
    return jsonify({"kind": kind, "title": title, "labels": list(labels), "series": list(series), "lying": False, "library": library()})


def library() -> str:
    """Address of the installed chart library; empty when it is not installed: then the table does."""
    folder = Path(current_app.static_folder or "")
    try:
        manifest = json.loads((folder / "vendor" / "manifest.json").read_text(encoding="utf-8"))
        name = f"{manifest['packages']['chart.js']['path']}/chart.umd.min.js"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return asset(name) if (folder / name).is_file() else ""


def effect_chart(row: EffectSum | None) -> Response:
    """The share still waiting after so many days, of both groups."""
    return chart("line", _("还在等的比例"), [_("第 %(n)s 天", n=day) for day in effect.GRID], [
        {"name": name, "values": [None if value is None else round(value * 100, 1) for value in row.data["curve"][code]] if row else [],
         "suffix": "%"} for code, name in (("after", _("报道后")), ("without", _("对照（没有报道）")))])


def effects(rows: Sequence[EffectSum], measure: str, kind: str) -> Response:
    """By kind: counts, medians with intervals; empty where the sample is too small."""
    heads = [_("类别"), *(_(word) for word in effect.PARTS.values()), *(f"{_(name)} {word}" for name in (
        _("报道前中位数（天）"), _("报道后中位数（天）"), _("对照中位数（天）")) for word in ("", _("下限"), _("上限")))]

    def body() -> Iterator[Sequence[Value]]:
        for row in rows:
            shown = effect.enough(row.data)
            yield [lookup.category_name(row.category) or _("全部"), *(row.data["counts"][part] for part in effect.PARTS), *(
                None if not shown or row.data[group][end] is None else round(row.data[group][end], 2)
                for group in ("before", "after", "without") for end in ("value", "low", "high"))]
    notes = [_(effect.MEASURES[measure]), _(effect.HONEST), *(_(line) for line in effect.DEFINITION), _stamp()]
    return answer(Sheet(f"effect-{measure}", heads, list(body()), notes), kind)
