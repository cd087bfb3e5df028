"""What the templates of reach are given: tabs, words and typed values around the frozen rows of `civic.insight`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from civic.insight import reach, reach_cells
from civic.insight.reach import Entry, Reached
from civic.insight.reach_cells import Unreadable
from civic.insight.reach_formulas import LEVELS, METRICS
from civic.kit import clock
from civic.kit.text import clean
from civic.models import ReachSnapshot
from civic.reference import county
from civic.web import vocabulary
from civic.web.said import said
from civic.web.templating import here

TABS = (("reach.listing", "各条传播"), ("reach.due", "数据待填"), ("reach.importing", "导入"), ("reach.adoptions", "外宣采用"),
        ("reach.index", "融媒指数"), ("reach.effect", "报道前后"))
TIMED = frozenset({"video", "broadcast", "app"})
"""Kinds of channel that may have a length of watching."""


def tabs(now: str) -> list[dict[str, Any]]:
    return [{"label": _(label), "url": url_for(name), "current": name == now} for name, label in TABS]


def common(now: str) -> dict[str, Any]:
    """What every page of the room has."""
    return {"tabs": tabs(now), "channel": channel, "metrics": METRICS, "levels": LEVELS, "form_word": form_word, "figure": figure,
            "out_on": reach.out_on, "this_day": clock.local(clock.now()).date()}


def channel(code: str) -> str:
    """A channel's name; its code when the county no longer has it."""
    found = county.current().channel(code)
    return str(said(found.name)) if found else code


def timed(code: str) -> bool:
    found = county.current().channel(code)
    return found is not None and found.kind in TIMED


def form_word(code: str) -> str:
    return vocabulary.term("format", code).word


def figure(row: ReachSnapshot | None, name: str) -> str:
    """A figure as people read it; a dash where there is none."""
    value = getattr(row, name) if row is not None else None
    if value is None:
        return "—"
    if name == "watch_seconds":
        return length(value)
    return f"{value:,}"


def length(seconds: int) -> str:
    """1:02:03"""
    return f"{seconds // 3600}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"


def typed(row: ReachSnapshot | None, name: str) -> str:
    """A figure as it would be typed."""
    value = getattr(row, name) if row is not None else None
    return "" if value is None else length(value) if name == "watch_seconds" else str(value)


def fields(code: str) -> list[tuple[str, str]]:
    """The figures asked for on a channel."""
    return [(name, _(word)) for name, word in METRICS.items() if name != "watch_seconds" or timed(code)]


def entry(age: int, given: Mapping[str, str], prefix: str, names: Sequence[str], day: date) -> tuple[Entry, dict[str, str]]:
    """What was typed for one figure, and what could not be read, by field."""
    wrong: dict[str, str] = {}
    found: dict[str, int | None] = {}
    for name in names:
        try:
            found[name] = (reach_cells.seconds if name == "watch_seconds" else reach_cells.number)(given.get(f"{prefix}{name}", ""))
        except Unreadable as error:
            found[name], wrong[name] = None, str(error)
    return Entry(age, day, found, clean(given.get(f"{prefix}lacking", ""))[:100], clean(given.get(f"{prefix}note", ""))[:200]), wrong


def counted_on(text: str) -> tuple[date, str]:
    """The day figures were read off, today when nothing is said; with a sentence when it cannot be read."""
    today = clock.local(clock.now()).date()
    try:
        return reach_cells.day(text, today) or today, ""
    except Unreadable as error:
        return today, str(error)


def touched(given: Mapping[str, str], files: Any, key: str, names: Sequence[str]) -> bool:
    """Whether anything was typed for this row of the quick form."""
    return any(given.get(f"{key}-{name}", "").strip() for name in (*names, "lacking")) or any(
        file.filename for file in files.getlist(f"{key}-proof"))


def listed(one: Reached) -> dict[str, Any]:
    """A row of the list."""
    item = one.item
    return {"url": url_for("reach.release", item_id=item.id), "title": item.coverage.title, "channel": channel(item.channel),
            "format": form_word(item.coverage.format), "out": reach.out_on(item),
            "views": [(age, figure(one.rows.get(age), "views"), "" if age in one.rows or age not in one.missed else _("没有按时抄"))
                      for age in (1, 3, 7, 30)],
            "times": "" if one.times is None else f"{one.times:.2f}", "why": why(one), "sample": one.usual.sample,
            "proofs": sum(len(row.proofs) for row in one.rows.values())}


def why(one: Reached) -> str:
    """Why there is no comparison."""
    if one.times is not None:
        return ""
    if 7 not in one.rows or one.rows[7].views is None:
        return _("还没有第 7 天的数")
    return _("此前 90 天同渠道同形式只有 %(n)s 条", n=one.usual.sample)


def narrowed(filters: reach.Filters) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Channels, formats and «read off or not» as links."""
    def link(name: str, value: str, label: str, now: str) -> dict[str, Any]:
        return {"label": label, "current": value == now, "url": here(**{name: value or None, "after": None})}
    codes = [("", _("全部")), *((one.code, channel(one.code)) for one in county.current().channels if one.kind not in ("internal", "upstream"))]
    forms = [("", _("全部")), *((code, form_word(code)) for code in reach.FORMATS if code != "memo")]
    only = [("", _("全部")), ("read", _("有数")), ("missing", _("没有数"))]
    return ([link("channel", code, label, filters.channel) for code, label in codes],
            [link("format", code, label, filters.format) for code, label in forms],
            [link("only", code, label, filters.only) for code, label in only])


def warned(found: reach.Put) -> list[str]:
    """What looks odd about what was just written, in words."""
    words = [_("%(what)s比别的天数还小，只会涨的数变少了，请核对。", what=_(METRICS[name])) for name in found.falls]
    return words + [_("%(what)s比阅读（播放）还多，请核对。", what=_(METRICS[name])) for name in found.odd]


def wants(*kinds: str) -> str:
    """The download asked for, if it is one of these."""
    return request.args.get("format", "") if request.args.get("format") in kinds else ""
