"""View models of the public's pages: addresses and words around what `cases.public` gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from civic.cases import public, public_areas
from civic.cases.public import Card, Filters, Numbers, Order, PublicCase
from civic.cases.public_shapes import Watched
from civic.kit import clock
from civic.reference import lookup
from civic.web import basemap, vocabulary
from civic.web.templating import here

LONG = 8
"""Choices a facet shows at once; the others come with `more=<facet>`."""


def card(found: Card) -> dict[str, Any]:
    """A case as `macros/cards.html` draws it."""
    values = {name: getattr(found, name) for name in (
        "number", "title", "summary", "category", "town", "stage", "outcome", "news", "late", "ball", "photos",
        "opened", "updated")}
    return {**values, "url": url_for("public.case", number=found.number), "supporters": found.reporters,
            "closed": found.closed}


def cards(found: tuple[Card, ...]) -> list[dict[str, Any]]:
    return [card(one) for one in found]


def told(case: PublicCase) -> str:
    """How many told us and how many met the same, few never counted."""
    first = (_("%(n)s 人反映", n=case.reporters) if case.reporters is not None
             else _("不到 %(n)s 人反映", n=public.FEW))
    return first + (" · " + _("%(n)s 人附议", n=case.supports) if case.supports else "")


def since(case: PublicCase) -> str:
    if case.closed:
        return _("历时 %(n)s 天办结", n=case.days) if case.days else _("当天办结")
    return _("立案 %(n)s 天", n=case.days) if case.days else _("今天立案")


def numbers(found: Numbers) -> list[dict[str, Any]]:
    """The figures of the week, each leading to the list it counts."""
    def row(label: str, value: int, tone: str = "", **filters: Any) -> dict[str, Any]:
        return {"label": label, "value": value, "unit": _("件"), "tone": tone,
                "url": url_for("public.cases", **filters)}
    return [
        row(_("正在办"), found.working, state="open"),
        row(_("本周新立案"), found.new, week="new"),
        row(_("本周办成并回访"), found.solved, "ok", week="solved"),
        row(_("超期未兑现"), found.overdue, "late" if found.overdue else "", late="1"),
    ]


def tone(stage: str, outcome: str, late: bool) -> str:
    """The tone of a dot: late before all, then the outcome, then the stage."""
    if late:
        return "late"
    return vocabulary.term("outcome", outcome).tone if outcome else vocabulary.term("stage", stage).tone


def sketch(width: int = 400) -> basemap.Sketch:
    """The county with a dot for every public case."""
    spots = [(point.lng, point.lat, tone(point.stage, point.outcome, point.late), point.title)
             for point in public.points(Filters()).points if point.lng is not None and point.lat is not None]
    return basemap.sketch(spots, width=width, names=True)


# -- facets -----------------------------------------------------------------------------------------------------------


def labels() -> dict[str, str]:
    return {"q": _("搜索"), "state": _("进度"), "stage": _("阶段"), "late": _("期限"), "town": _("镇街"),
            "category": _("问题类别"), "department": _("承办单位"), "squad": _("小虎队"), "month": _("立案月份"),
            "outcome": _("办理结果"), "week": _("最近七天"), "news": _("报道"), "area": _("片区")}


def word(name: str, value: str, squads: Mapping[str, str]) -> str:
    """A filter's value in words."""
    plain = {"state": {"open": _("在办"), "closed": _("已结案")}, "late": {"1": _("超期未兑现")},
             "news": {"1": _("报道过")},
             "week": {"new": _("新立案"), "solved": _("办成并回访"), "closed": _("结案")}}
    if name in plain:
        return plain[name].get(value, value)
    if name in ("stage", "outcome"):
        return vocabulary.term(name, value).word
    if name == "town":
        return lookup.town_name(value)
    if name == "area":
        return public_areas.name_of(value)
    if name == "category":
        return lookup.category_name(value)
    if name == "department":
        return lookup.department_name(value)
    if name == "squad":
        return squads.get(value, value)
    if name == "month":
        return _("%(year)s 年 %(month)s 月", year=value[:4], month=int(value[5:]))
    return f"“{value}”"


def active(given: Filters, squads: Mapping[str, str]) -> list[dict[str, str]]:
    """What is switched on; each address takes one off."""
    names = labels()
    return [{"label": f"{names[name]}{_('：')}{word(name, value, squads)}", "url": here(**{name: None, "after": None})}
            for name, value in given.active().items()]


def facets(given: Filters, counts: Mapping[str, Mapping[str, int]], squads: Mapping[str, str],
           more: str = "") -> list[dict[str, Any]]:
    """The groups beside a list: every choice with how many cases it would give."""
    names = labels()
    groups = []
    for name in ("stage", "late", "town", "category", "department", "squad", "outcome", "month", "news"):
        values = _by_first_level(counts.get(name, {}), given.category) if name == "category" else dict(counts.get(name, {}))
        ranked = sorted(values.items(), key=_rank(name))
        options = [_option(given, name, value, number, squads) for value, number in ranked]
        shown = options if more == name or len(options) <= LONG + 1 else [
            option for place, option in enumerate(options) if place < LONG or option["current"]]
        groups.append({"label": names[name], "options": shown, "open": name in ("stage", "late", "town"),
                       "more": here(more=name, after=None) if len(shown) < len(options) else ""})
    return groups


def _option(given: Filters, name: str, value: str, number: int, squads: Mapping[str, str]) -> dict[str, Any]:
    current = getattr(given, name) == value
    return {"label": word(name, value, squads), "count": number, "current": current,
            "chip": (name, value) if name in ("stage", "outcome") else None,
            "url": here(**{name: None if current else value, "after": None, "more": None})}


def _by_first_level(codes: Mapping[str, int], chosen: str) -> dict[str, int]:
    """Counts by the first level of the categories; below a chosen one its own second level."""
    found: dict[str, int] = {}
    table = lookup.snapshot().categories
    inside = table.latest(chosen)
    first = inside.l1 if inside else chosen
    for code, number in codes.items():
        row = table.latest(code)
        level = row.l1 if row else code
        found[level] = found.get(level, 0) + number
        if level == first:
            found[code] = number
    return found


def _rank(name: str) -> Any:
    """Stages in their own order, months newest first, everything else by how many."""
    if name == "month":
        return lambda item: -int(item[0].replace("-", ""))
    if name in ("stage", "outcome"):
        order = list(vocabulary.VOCABULARY[name])
        return lambda item: order.index(item[0]) if item[0] in order else len(order)
    return lambda item: (-item[1], item[0])


def tabs(given: Filters, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """All, running, ended."""
    def tab(label: str, value: str, number: int) -> dict[str, Any]:
        return {"label": label, "url": here(state=value or None, after=None, stage=None, outcome=None),
                "current": given.state == value, "count": number}
    running, ended = counts.get("open", 0), counts.get("closed", 0)
    return [tab(_("全部"), "", running + ended), tab(_("在办"), "open", running), tab(_("已结案"), "closed", ended)]


# -- the case page ----------------------------------------------------------------------------------------------------


def order(found: Order) -> dict[str, Any]:
    """An order with its answers, item by item."""
    last = found.answers[-1] if found.answers else None
    return {**{name: getattr(found, name) for name in Order.__slots__}, "beside": public.beside(found), "last": last,
            "url": url_for("public.department", code=found.department),
            "items": [asdict(item) for item in found.items]}


def watched(found: Watched) -> str:
    """One plain sentence: under supervision by whom since when, due when, answered or not."""
    since, due = clock.local(found.since), clock.local(found.due)
    start = _("%(m)s 月 %(d)s 日起由%(who)s督办", m=since.month, d=since.day, who=_(found.owner))
    until = _("要在 %(m)s 月 %(d)s 日前专门答复", m=due.month, d=due.day)
    if found.answered:
        there = clock.local(found.answered)
        end = _("单位 %(m)s 月 %(d)s 日已答复督办", m=there.month, d=there.day)
    elif found.settled:
        end = _("督办随转办单了结")
    else:
        end = _("已经过期，还没有答复") if found.late else _("还没有答复")
    return _("%(start)s，%(until)s；%(end)s。", start=start, until=until, end=end)


def hands(case: PublicCase) -> list[tuple[str, str, str, bool]]:
    """Name, days, what happened meanwhile, and whether it lies there now."""
    found = []
    for hand in case.hands:
        notes = [_("延期 %(n)s 次", n=hand.extensions) if hand.extensions else "",
                 _("退回重办 %(n)s 次", n=hand.redone) if hand.redone else "",
                 _("暂停 %(n)s 次", n=hand.pauses) if hand.pauses else ""]
        found.append((hand.name if hand.department else _("融媒体中心"), f"{hand.days:.1f}", " · ".join(note for note in notes if note), hand.now))
    return found
