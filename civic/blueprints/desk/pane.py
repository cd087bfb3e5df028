"""The reading pane beside the queue: what one needs to decide, and the buttons to do it with."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from civic import ledger
from civic.access.actor import Actor
from civic.blueprints.desk import daypane, rows
from civic.cases import folder as folders
from civic.cases import machineroom, timeline, turn
from civic.cases.entry import Photo
from civic.cases.page import CREATING, may_create
from civic.cases.queue import Waiting
from civic.cases.turn import Ball
from civic.departments import marks, template
from civic.kit.text import excerpt
from civic.ledger import objects
from civic.models import Answer, Assignment, Case, Coverage, Publication, Referral
from civic.reference import county, lookup, routing
from civic.tips import desk as tips
from civic.web import vocabulary
from civic.web.templating import day, moment
from civic.workflow.machine import MoveView

KEYS: Mapping[str, str] = {
    "accept": "a", "decline": "d", "ask": "q", "approve": "a", "return": "r", "send": "s", "redo": "r", "settle": "s",
    "release": "p", "grant_extension": "e", "refuse_extension": "n", "grant_return": "g", "refuse_return": "n",
    "close": "c", "go_live": "g", "remind": "u", "end_pause": "e", "hold": "h", "supervise": "u", "give_up": "g"}
"""A letter for the move people make most; the first of a pane that has it gets it."""
LABELS = {"assignment": "派任务", "referral": "派单", "coverage": "报选题"}


@dataclass(frozen=True, slots=True)
class Acts:
    """The moves on one row, as buttons. `only` keeps to the ones this waiting is about; the page has them all."""

    machine: str
    id: uuid.UUID
    moves: Sequence[MoveView]
    seen: int


@dataclass(frozen=True, slots=True)
class Pane:
    """What stands in the pane. `words` is the text to read; `demands` as `macros/demands.html` takes them."""

    key: str
    kicker: str
    title: str
    url: str
    todo: str
    ball: Ball | None = None
    words: str = ""
    facts: Sequence[tuple[str, Any]] = ()
    photos: Sequence[Photo] = ()
    demands: Sequence[Mapping[str, Any]] = ()
    candidates: Sequence[tips.Candidate] = ()
    acts: Sequence[Acts] = ()
    creates: Sequence[tuple[str, str, str]] = ()
    """Label, address, letter."""
    first: str = ""
    """What most people do next: «create» for the first of `creates`, else a command."""
    lines: Sequence[machineroom.Trouble] = field(default=())


def build(actor: Actor, item: Waiting) -> Pane:
    """The pane of a thing that waits."""
    maker = _MAKERS[item.machine]
    return maker(actor, item)


def _acts(actor: Actor, machine: str, row: Any, commands: Sequence[str] = ()) -> Acts:
    views = ledger.moves(actor, machine, row)
    chosen = [view for view in views if not commands or view.move.command in commands]
    chosen.sort(key=lambda view: commands.index(view.move.command) if commands else 0)
    return Acts(machine, row.id, chosen, int(getattr(row, objects.KINDS[machine].event) or 0))


def _kicker(item: Waiting) -> str:
    return " · ".join(part for part in rows.meta(item) if part)


def _tip(actor: Actor, item: Waiting) -> Pane:
    tip = tips.find(actor, item.id)
    pictures = tips.page(actor, tip)
    return Pane(
        item.key, _kicker(item), item.title, f"/desk/tips/{tip.id}", rows.todo(item), words=excerpt(tip.text, 600),
        facts=[(_("地点"), tips.words_of(tip)), (_("提交"), moment(tip.submitted_at)),
               (_("类别"), lookup.category_name(tip.category)), (_("谁看得到"), _("只有编辑部看得到原文"))],
        photos=timeline.photos(pictures.photos, inside=True)[:4], candidates=pictures.candidates[:3],
        acts=[_acts(actor, "tip", tip, ("decide_limit",) if item.kind == "limit" else ("accept", "decline", "ask"))])


def _case(actor: Actor, item: Waiting) -> Pane:
    case: Case = objects.load("case", item.id)
    book = folders.load(case, internal=True)
    commands = ("close", "hold", "own", "note") if item.kind == "wrapping" else ("hold", "own", "note", "close")
    return Pane(
        item.key, _kicker(item), case.title, f"/desk/cases/{case.number}", rows.todo(item), turn.whose(book),
        excerpt(case.facts, 400),
        facts=[(_("类别"), lookup.category_name(case.category)), (_("地点"), place_words(case)),
               (_("目录主办"), _lead(case)), (_("结果"), vocabulary.term("outcome", case.resolution).word
                if case.resolution else ""), (_("回头看"), day(case.revisit_on) if case.revisit_on else "")],
        photos=timeline.photos(book.media, inside=True)[:4],
        acts=[_acts(actor, "case", case, _CASE.get(item.kind) or (("reopen", "note") if case.state == "closed" else commands))],
        creates=creates(actor, case), first="close" if item.kind == "wrapping" else "create")


def place_words(case: Case) -> str:
    """Where a case is, in one line, for the newsroom."""
    area = lookup.area_words(case.town, case.village, case.address or "")
    return " · ".join(part for part in (area, case.address) if part) or _("不清楚")


def _lead(case: Case) -> str:
    if not case.category or lookup.category(case.category) is None:
        return ""
    found = lookup.catalogue(case.category, case.town)
    return "、".join(lookup.department_name(code) for code in (found.lead, *found.may_assist[:2]) if code)


def creates(actor: Actor, case: Case) -> list[tuple[str, str, str]]:
    """The buttons that make something on a case."""
    letters = {"assignment": "v", "referral": "z", "coverage": "b"}
    return [(_(LABELS[machine]), _maker(machine, command, case), letters[machine])
            for machine, command in CREATING if may_create(actor, case, machine, command)]


def _maker(machine: str, command: str, case: Case) -> str:
    """Orders are made on the dispatch page, where one sees who is proposed and what the units will read."""
    return f"/desk/cases/{case.number}/dispatch" if machine == "referral" else f"/move/new/{machine}/{command}?case={case.number}"


def _task(actor: Actor, item: Waiting) -> Pane:
    task: Assignment = objects.load("assignment", item.id)
    assert task.case_id is not None  # the queue lists tasks of cases only
    book = folders.load(objects.load("case", task.case_id), internal=True)
    pictures = [row for row in book.media if row.assignment_id == task.id]
    checks = [check for check in book.checks if check.assignment_id == task.id]
    verdict = checks[-1] if checks else None
    if verdict is not None:
        pictures += [row for row in book.media if row.verification_id == verdict.id]
    sides = {"both": _("两方都听了"), "one": _("只听到一方"), "refused": _("对方拒绝"), "not_needed": _("不涉及对方")}
    return Pane(
        item.key, _kicker(item), item.title, f"/desk/cases/{item.number}", rows.todo(item), turn.whose(book),
        task.findings or task.brief,
        facts=[(_("要求"), excerpt(task.brief, 160) if task.findings else ""),
               (_("结论"), vocabulary.term("verdict", verdict.verdict).word if verdict else ""),
               (_("方式"), vocabulary.term("method", verdict.method).word if verdict else ""),
               (_("两方"), sides.get(task.both_sides or "", "")), (_("没到现场"), task.remote_reason or "")],
        photos=timeline.photos(pictures, inside=True)[:6],
        acts=[_acts(actor, "assignment", task, ("approve", "return", "cancel"))])


_CASE: Mapping[str, tuple[str, ...]] = {"doubt": ("second_look", "note"), "look_back": ("reopen", "note")}
ORDER_COMMANDS: Mapping[str, tuple[str, ...]] = {
    "promise": ("redo", "settle_promise"), "flag": ("confirm_answer", "return_answer"),
    "mark": ("decide_mark", "decide_mark_appeal"), "answer": ("redo", "return_answer", "settle", "release"),
    "settle": ("settle", "redo", "release"), "release": ("release",),
    "objection": ("grant_return", "refuse_return"), "conference": ("confer_call", "confer_stay", "confer_move"),
    "extension": ("grant_extension", "refuse_extension"),
    "pause": ("end_pause",), "order_late": ("remind", "answer"), "send": ("send", "discard"),
    "give_up": ("give_up", "remind"), "supervision": ("accept_supervision", "return_supervision", "raise_supervision")}


def _order(actor: Actor, item: Waiting) -> Pane:
    order: Referral = objects.load("referral", item.id)
    book = folders.load(order.case, internal=True)
    answer = order.answers[-1] if order.answers else None
    files = [row for row in book.media if answer is not None and row.answer_id == answer.id]
    make = [(label, address + f"&kind=verify&referral={order.id}", letter) for label, address, letter
            in creates(actor, order.case) if "assignment" in address] if item.kind in ("answer", "promise") else []
    return Pane(
        item.key, _kicker(item), item.title, f"/desk/cases/{order.case.number}#order-{order.number}", rows.todo(item),
        turn.whose(book), answer.text if answer else order.brief, facts=order_facts(order, answer, item.kind),
        photos=timeline.photos(files, inside=True), demands=demands(order, answer),
        acts=[_acts(actor, "referral", order, ORDER_COMMANDS[item.kind])],
        creates=[(_("派回访"), address, letter) for _label, address, letter in make], first="create" if make else "")


def order_facts(order: Referral, answer: Answer | None, kind: str = "") -> list[tuple[str, Any]]:
    """What is asked for or doubted about an order, as pairs."""
    found: list[tuple[str, Any]] = [(_("单位"), lookup.department_name(order.department, short=False))]
    if answer is not None:
        if not order.items:
            found += [(_("结果"), vocabulary.term("answer", answer.result).word),
                      (_("承诺"), day(answer.plan_on) if answer.plan_on else "")]
        found += [(_("经办"), answer.contact),
                  (_("代录依据"), answer.proof), (_("公开"), _("已公开") if answer.released else _("还没有公开"))]
    flag = template.of(answer)
    if flag is not None:
        found.append((_("提醒"), "".join(template.why(flag)) + (_("已有一人确认：") + flag.note if flag.confirmed_by else "")))
    asked_mark = marks.of(order) if kind == "mark" else None
    if asked_mark is not None:
        found += [(_("申请认定"), vocabulary.term("mark", asked_mark.kind).word), (_("理由和依据"), asked_mark.basis),
                  (_("认定的理由"), asked_mark.reason)]
    if kind in ("objection", "conference") and order.objections:
        asked = order.objections[-1]
        found += [(_("异议"), asked.basis), (_("应由"), lookup.department_name(asked.unit))]
    if kind == "extension" and order.extensions:
        wish = order.extensions[-1]
        found += [(_("延到"), day(wish.until)), (_("为什么"), wish.reason), (_("期间措施"), wish.interim)]
    if kind == "supervision" and order.supervisions:
        asked_by = order.supervisions[-1]
        found += [(_("督办要求"), asked_by.requirement), (_("单位答复督办"), asked_by.answer), (_("措施和时间"), asked_by.measures)]
    if kind == "pause" and order.pauses:
        found.append((_("要补充"), order.pauses[-1].question))
    if kind == "send":
        found += [(_("依据"), order.basis), (_("不按目录的理由"), order.override)]
    return found


def demands(order: Referral, answer: Answer | None) -> list[dict[str, Any]]:
    """The demand items with what was answered to each."""
    said = {item.item_id: item.text for item in answer.items} if answer else {}
    return [{"no": item.position, "text": item.text, "answer": said.get(item.id, ""),
             "due": answer.plan_on if answer and item.id in said else None,
             "state": "open" if answer is None else answer.result if item.id in said else "unanswered"}
            for item in order.items]


def _story(actor: Actor, item: Waiting) -> Pane:
    story: Coverage = objects.load("coverage", item.id)
    channels = {"publish": (_("排发布"), f"/stories/{story.id}/queue", "g")}
    make = [channels[item.kind]] if item.kind in channels else []
    commands = ("start", "drop") if item.kind == "author" else ("return",)
    return Pane(
        item.key, _kicker(item), story.title, f"/stories/{story.id}", rows.todo(item), words=story.angle,
        facts=[(_("形式"), vocabulary.term("format", story.format).word), (_("版面时段"), story.slot),
               (_("批评性报道"), _("是") if story.critical else ""),
               (_("案件"), f"{story.case.number} {story.case.title}" if story.case else "")],
        acts=[_acts(actor, "coverage", story, commands)] if item.kind != "publish" else [],
        creates=make or ([(_("读稿并签审"), f"/stories/{story.id}", "s")] if item.kind == "story_sign" else []),
        first="" if item.kind == "author" else "create")


def _release(actor: Actor, item: Waiting) -> Pane:
    release: Publication = objects.load("publication", item.id)
    channel = county.current().channel(release.channel)
    return Pane(
        item.key, _kicker(item), item.title, f"/stories/{release.coverage_id}", rows.todo(item),
        facts=[(_("渠道"), channel.name if channel else release.channel), (_("版面时段"), release.slot),
               (_("不早于"), moment(release.not_before) if release.not_before else "")],
        acts=[_acts(actor, "publication", release, ("go_live", "correct", "unqueue", "pull"))])


def _system(_actor: Actor, item: Waiting) -> Pane:
    if item.kind == "routing":
        broken = [machineroom.Trouble(f"第 {rule.no} 条「{rule.name}」", item.since, 0, "；".join(rule.broken))
                  for rule in routing.troubles()]
        return Pane(item.key, _kicker(item), _(item.title), "/admin/routing", rows.todo(item),
                    words=_("失效的规则不会命中，派单按后面的规则和目录走。请管理员改掉或停用。"), lines=broken)
    if item.kind == "reach":
        return Pane(item.key, _kicker(item), _(item.title), "/reach/due", rows.todo(item), first="create",
                    words=_("发布后第 1、3、7、30 天各抄一次渠道后台的数。过了期限就不补，免得第 9 天的数当成第 7 天的。"),
                    creates=[(_("去填"), "/reach/due", "f")])
    lines = machineroom.timers() if item.kind == "timers" else machineroom.dead_letters()
    words = _("后台时钟没有按时执行这些动作。请管理员看看后台进程是否在运行；恢复后会自动补上。") if item.kind == "timers" else _(
        "这些消息重试多次仍没有送到。请管理员处理；站内通知不受影响。")
    return Pane(item.key, _kicker(item), _(item.title), "", rows.todo(item), words=words, lines=lines)


def _day(show: Callable[[Actor, Waiting], dict[str, Any]]) -> Callable[[Actor, Waiting], Pane]:
    return lambda actor, item: Pane(key=item.key, kicker=_kicker(item), title=item.title, todo=rows.todo(item), **show(actor, item))


_MAKERS: Mapping[str, Callable[[Actor, Waiting], Pane]] = {
    "tip": _tip, "case": _case, "assignment": _task, "referral": _order, "coverage": _story, "publication": _release,
    "day": _day(daypane.missed), "follow_up": _day(daypane.follow_up), "": _system}
