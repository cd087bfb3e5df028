"""The view model of the case page: what the template needs in words and pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from civic.access.actor import Actor
from civic.blueprints.desk import pane
from civic.cases import clockrows
from civic.cases.page import CasePage, Part
from civic.kit import clock
from civic.kit.text import excerpt
from civic.ledger import clocks
from civic.models import Referral
from civic.places import inside
from civic.reference import county, lookup, statutory
from civic.web import clockview, vocabulary
from civic.web.templating import day, moment
from civic.workflow.machine import MoveView
from civic.workflow.supervision import LEVELS

QUIET_CASE = ("describe", "own", "merge", "keep", "let_go", "embargo", "hide_item", "show_item")


@dataclass(frozen=True, slots=True)
class Card:
    """A task, an order, a story or a release in the side column."""

    machine: str
    id: Any
    anchor: str
    title: str
    url: str
    chips: Sequence[tuple[str, str]]
    facts: Sequence[tuple[str, Any]]
    moves: Sequence[MoveView]
    seen: int
    ended: bool
    due: Any = None
    late: str = "none"
    original: Any = None
    because: str = ""
    paused: bool = False
    provisional: bool = False
    words: str = ""
    demands: Sequence[dict[str, Any]] = ()
    clocks: Sequence[dict[str, Any]] = ()
    legal: Sequence[dict[str, Any]] = ()
    clock_note: str = ""
    children: Sequence[Card] = ()


@dataclass(frozen=True, slots=True)
class View:
    """The case page in words."""

    place: str
    category: str
    facts: Sequence[tuple[str, Any]]
    tasks: Sequence[Card]
    orders: Sequence[Card]
    stories: Sequence[Card]
    creates: Sequence[tuple[str, str, str]]
    handling: Sequence[tuple[str, str]]
    chips: Sequence[tuple[str, str]]
    meta: str


def view(actor: Actor, page: CasePage) -> View:
    """The case page in words."""
    case = page.case
    chips = [("grade", case.grade)] if case.grade != "C" else []
    chips += [("urgency", case.urgency)] if case.urgency != "normal" else []
    chips.append(("exposure", case.exposure))
    rows = [(item.name, _("%(n)s 天", n=item.days) + (f" · {item.note}" if item.note else "")) for item in page.handling]
    return View(
        place=pane.place_words(case), category=lookup.category_name(case.category), facts=_facts(page),
        tasks=[_task(part) for part in page.tasks], orders=[_order(part) for part in page.orders],
        stories=[_story(part, page) for part in page.stories], creates=pane.creates(actor, case),
        handling=[*rows, (_("转手"), _("%(n)s 次", n=page.handovers))], chips=chips, meta=_meta(page))


def _meta(page: CasePage) -> str:
    case = page.case
    parts = [_("%(n)s 人反映或附议", n=page.people) if page.people else "",
             _("立案 %(day)s", day=day(case.opened_at)), _("第 %(n)s 轮", n=case.round) if case.round > 1 else ""]
    return " · ".join(part for part in parts if part)


def _facts(page: CasePage) -> list[tuple[str, Any]]:
    case = page.case
    return [
        (_("地点"), pane.place_words(case)), (_("片区"), inside.words(case.id)), (_("类别"), lookup.category_name(case.category)),
        (_("责任人"), page.owner or _("没有指定")), (_("公开标题"), case.public_title or ""),
        (_("位置公开到"), vocabulary.term("precision", case.precision).word if case.exposure == "public" else ""),
        (_("停止清除"), case.keep_reason or ""),
        (_("保密到"), moment(case.embargo_until) if case.embargo_until else ""),
        (_("缓办到"), f"{day(case.hold_until)}，{case.hold_reason or ''}" if case.hold_until else ""),
        (_("被反映的单位"), lookup.department_name(case.named_party) if case.named_party else ""),
        (_("敏感"), _("涉未成年人、健康或具名私人") if case.sensitive else ""),
        (_("回头看"), day(case.revisit_on) if case.revisit_on else ""),
        (_("撤下说明"), case.tombstone or "")]


def _task(part: Part) -> Card:
    task = part.row
    who = task.assignee.name if task.assignee else task.team.name if task.team else ""
    ended = task.state in ("done", "declined", "cancelled")
    reason = vocabulary.term("assignment_reason", task.end_reason).word if task.end_reason else ""
    return Card(
        "assignment", task.id, f"task-{task.id.hex[-8:]}",
        f"{vocabulary.term('assignment_kind', task.kind).word} · {who}", f"/tasks/{task.id}",
        [("assignment", task.state)],
        [(_("要做什么"), excerpt(task.brief, 120)), (_("查到"), excerpt(task.findings, 160)), (_("还缺"), task.missing or ""),
         (_("为什么"), reason if task.state in ("declined", "cancelled") else "")],
        part.moves, part.seen, ended, due=None if ended or task.state == "submitted" else task.due_at)


def _order(part: Part) -> Card:
    order, answer = part.row, part.answer
    ended = order.state in ("settled", "returned", "unanswered", "withdrawn")
    chips = [("referral", order.state), ("referral_role", order.duty)]
    chips += [("answer", answer.result)] if answer else []
    chips += [("late", part.late)] if part.late in ("overdue", "long_overdue") and not ended else []
    asked = order.objections[-1] if order.objections and order.objections[-1].state == "asked" else None
    wish = order.extensions[-1] if order.extensions and order.extensions[-1].state == "asked" else None
    facts: list[tuple[str, Any]] = [
        (_("摘要"), excerpt(order.brief, 160) if not answer else ""),
        (_("异议"), f"{asked.basis}{_('（')}{_('应由')}{lookup.department_name(asked.unit)}{_('）')}" if asked else ""),
        (_("想延期"), f"{day(wish.until)}：{wish.reason}" if wish else ""),
        (_("要补充"), order.pauses[-1].question if part.paused else ""),
        (_("督办"), _watched(order)),
        (_("催办"), _("%(n)s 次", n=order.reminders) if order.reminders else ""),
        (_("退回重办"), _("%(n)s 次", n=order.redo_count) if order.redo_count else ""),
        (_("结束"), order.end_reason or "")]
    if answer is not None:
        facts.append((_("答复"), _("第 %(n)s 版 · %(state)s", n=answer.version,
                                  state=_("已公开") if answer.released and not answer.hidden else _("还没有公开"))))
    return Card(
        "referral", order.id, f"order-{order.number}", lookup.department_name(order.department),
        f"/orders/{order.number}", chips, facts, part.moves, part.seen, ended,
        due=None if ended or order.state in ("draft", "answered") else order.due_at or order.sign_due_at, late=part.late,
        original=order.original_due_at, because=order.due_reason or "", paused=part.paused,
        provisional=order.provisional, words=answer.text if answer else "", demands=pane.demands(order, answer),
        **_clocks(order))


def _watched(order: Referral) -> str:
    """The highest supervision in half a line."""
    last = clocks.last_supervision(order)
    if last is None:
        return ""
    state = vocabulary.term("supervision", last.state).word
    return _("第 %(n)s 级 %(who)s，%(day)s 前答复，%(state)s", n=last.level, who=_(LEVELS[last.level].name), day=moment(last.due_at),
             state=state)


def _clocks(order: Referral) -> dict[str, Any]:
    """All clocks of an order, how many of them are late, and the law's own beside them."""
    found = clockrows.rows(order, clock.now())
    late = sum(row.state in ("overdue", "late") for row in found)
    note = _("%(n)s 个时限，%(late)s 个迟了", n=len(found), late=late) if late else _("%(n)s 个时限", n=len(found))
    return {"clocks": clockview.rows(found, f"/orders/{order.number}/clock"), "clock_note": note,
            "legal": clockview.legal(statutory.dues(order.case.category, order.sent_at))}


def _story(part: Part, page: CasePage) -> Card:
    story = part.row
    mine = [item for item in page.releases if item.row.coverage_id == story.id]
    return Card(
        "coverage", story.id, f"story-{story.id.hex[-8:]}", story.title, f"/stories/{story.id}",
        [("coverage", story.state), ("format", story.format)],
        [(_("作者"), story.author.name if story.author else _("还没有")),
         (_("版本"), _("第 %(n)s 版", n=story.version) if story.version else "")], part.moves, part.seen,
        story.state == "dropped", children=[_release(item) for item in mine])


def _release(part: Part) -> Card:
    item = part.row
    channel = county.current().channel(item.channel)
    return Card(
        "publication", item.id, f"pub-{item.id.hex[-8:]}", channel.name if channel else item.channel, item.link,
        [("publication", item.state)],
        [(_("不早于"), moment(item.not_before) if item.not_before and item.state == "queued" else ""),
         (_("发出"), moment(item.live_at) if item.live_at else ""), (_("版面时段"), item.slot)],
        part.moves, part.seen, item.state == "pulled")
