"""The queue's rows as `macros/queue.html` draws them: the second line of each kind in words people use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from civic.cases import revisits, waiting
from civic.cases.queue import Waiting
from civic.kit import clock
from civic.newsroom import followups
from civic.reference import county, lookup
from civic.web import vocabulary
from civic.web.templating import day

TABS = (("", "全部"), ("tips", "新线索"), ("dispatch", "待派"), ("check", "待验待结"), ("answers", "答复待核"),
        ("sign", "待签待发"), ("late", "超期"))
SYSTEM = ("routing", "timers", "dead_letters", "reach")
"""Kinds whose title is a sentence of ours, not of people."""
CHANNELS = {"web": "网页", "phone": "电话", "import": "导入"}


def tabs(counts: Mapping[str, int], current: str, address: Callable[[str], str]) -> list[dict[str, Any]]:
    """The tabs with how many wait in each."""
    return [{"label": _(label), "url": address(group), "count": counts.get(group or "all", 0),
             "current": group == current, "late": group == "late"} for group, label in TABS]


def row(item: Waiting, url: str) -> dict[str, Any]:
    """One row of the queue."""
    return {"id": item.key, "url": url, "title": _(item.title) if item.kind in SYSTEM else item.title,
            "meta": " · ".join(part for part in meta(item) if part),
            "place": lookup.town_name(item.town), "todo": todo(item), "due": item.due_at, "late": item.late,
            "bulk": f"{item.id}", "chips": [("urgency", item.urgency)] if item.urgency != "normal" else []}


def todo(item: Waiting) -> str:
    """What is to be done, with the number of the answer or the level of the signature where there is one."""
    if item.kind in ("answer", "release", "settle") and item.extra[1:2] and item.extra[1]:
        version = item.extra[1]
        words = {"answer": _("核对答复第 %(n)s 版", n=version), "settle": _("回访已回，办结或退回"),
                 "release": _("公开答复第 %(n)s 版", n=version)}
        return words[item.kind]
    if item.kind == "story_sign":
        return (_("初审"), _("复审"), _("终审签发"))[min(int(item.extra[2] or 0), 2)]
    if item.kind == "task_check":
        return _("验收%(what)s", what=vocabulary.term("assignment_kind", item.extra[0]).word)
    return _(waiting.KINDS[item.kind].todo)


def meta(item: Waiting) -> list[str]:
    """The second line: what kind of thing it is and who has it."""
    maker = _META.get(item.kind)
    return maker(item) if maker else [item.number]


def _tip(item: Waiting) -> list[str]:
    consent, photos, channel = item.extra
    return [_("申诉") if item.kind == "appeal" else _("线索"), item.number,
            _("%(n)s 张照片", n=photos) if photos not in ("", "0") else "", vocabulary.term("consent", consent).word,
            _(CHANNELS.get(channel, channel)) if channel != "web" else ""]


def _case(item: Waiting) -> list[str]:
    tips, grade = item.extra
    return [item.number, _("%(n)s 人反映", n=tips) if tips not in ("", "0") else "",
            vocabulary.term("grade", grade).word if grade != "C" else ""]


def _task(item: Waiting) -> list[str]:
    kind, holder = item.extra
    return [item.number, vocabulary.term("assignment_kind", kind).word, holder]


def _doubt(item: Waiting) -> list[str]:
    return [item.number, _("反映人说没有解决，现场回访看到的相反") if item.extra[0] == "against" else _("反映人说没有解决或不满意")]


def _look_back(item: Waiting) -> list[str]:
    return [item.number, _(revisits.KINDS.get(item.extra[0], ""))]


def _day_missed(item: Waiting) -> list[str]:
    return [_("选题单"), item.extra[0], item.number]


def _follow_up(item: Waiting) -> list[str]:
    return [_("回访报道"), _(followups.WORDS.get(item.extra[0], "")), item.number]


def _limit(item: Waiting) -> list[str]:
    return [item.number, vocabulary.term("ground", item.extra[0]).word]


def _order(item: Waiting) -> list[str]:
    found = [item.number, lookup.department_name(item.extra[0])]
    if item.kind in ("answer", "release", "settle"):
        found.append(vocabulary.term("answer", item.extra[2]).word if len(item.extra) > 2 else "")
    elif item.kind == "objection":
        found.append(_("说该由%(unit)s办", unit=lookup.department_name(item.extra[1])))
    elif item.kind == "conference":
        found.append(_("%(n)s 个单位会商", n=item.extra[1]))
    elif item.kind == "extension":
        found.append(_("想延到 %(day)s", day=_day(item.extra[1])))
    elif item.kind == "send":
        found.append(_("%(name)s 拟", name=item.extra[1]) if item.extra[1] else "")
    elif item.kind == "supervision":
        found.append(_("第 %(n)s 级督办", n=item.extra[1]))
    elif item.kind == "promise":
        found.append(_("承诺 %(day)s 办好", day=item.extra[1][5:]) + (_("，") + _("未兑现") if item.extra[2] == "broken" else ""))
    elif item.kind == "flag":
        found.append(_("像模板") if float(item.extra[1] or 0) >= 0.9 else _("没有回应诉求"))
    elif item.kind == "mark":
        found.append(_("反映人申诉，要复核") if item.extra[2] == "asked" else vocabulary.term("mark", item.extra[1]).word)
    elif item.kind in ("order_late", "give_up"):
        found.append(_("已催 %(n)s 次", n=item.extra[1]))
    return found


def _day(text: str) -> str:
    try:
        return day(clock.local(datetime.fromisoformat(text)))
    except ValueError:
        return text[:10]


def _story(item: Waiting) -> list[str]:
    author, version, *signed = item.extra
    return [_("报道"), author, _("第 %(n)s 版", n=version) if version not in ("", "0") else "",
            _("已签 %(n)s/3", n=signed[0]) if signed else "", item.number]


def _release(item: Waiting) -> list[str]:
    channel = county.current().channel(item.extra[0])
    return [_("发布"), channel.name if channel else item.extra[0], item.number]


def _system(item: Waiting) -> list[str]:
    return [_("后台"), _("%(n)s 件", n=item.extra[0])]


def _reach(item: Waiting) -> list[str]:
    return [_("传播数据"), _("%(n)s 条要从渠道上抄", n=item.extra[0])]


_META: Mapping[str, Callable[[Waiting], list[str]]] = {
    **dict.fromkeys(("tip", "appeal"), _tip), **dict.fromkeys(("dispatch", "wrapping", "revisit"), _case),
    **dict.fromkeys(("promise", "flag", "mark"), _order), "doubt": _doubt, "look_back": _look_back, "day_missed": _day_missed,
    "follow_up": _follow_up, "limit": _limit,
    **dict.fromkeys(("task_check", "task_late"), _task),
    **dict.fromkeys(("answer", "settle", "release", "objection", "extension", "pause", "order_late", "send", "give_up",
                     "supervision"), _order),
    **dict.fromkeys(("story_sign", "author", "publish"), _story), **dict.fromkeys(("go_live", "correct"), _release),
    **dict.fromkeys(("timers", "dead_letters", "routing"), _system), "conference": _order, "reach": _reach,
}
