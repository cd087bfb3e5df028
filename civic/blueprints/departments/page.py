"""View models of one order and its answer form: what an officer may read, in the shapes the templates take."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from civic import ledger
from civic.access.actor import Actor
from civic.access.roles import roles_for
from civic.access.scope import may_see
from civic.blueprints.departments.clock import ball, clock_facts
from civic.blueprints.departments.forms import Typed
from civic.blueprints.departments.story import Line, lines
from civic.cases import clockrows
from civic.cases.media import ORIGINALS
from civic.departments import alerting, conference, queries, reviews, template
from civic.departments.papers import place
from civic.departments.unitfiles import weight
from civic.kit import clock
from civic.ledger import clocks
from civic.models import Answer, Media, Referral
from civic.newsroom.diff import diff
from civic.reference import lookup, statutory
from civic.web import clockview
from civic.web.attempt import Trouble
from civic.workflow.answering import CHECKLIST
from civic.workflow.machine import Move, MoveView
from civic.workflow.referral import ANSWER_FIELDS, RESULTS, vague_words
from civic.workflow.supervision import LEVELS, WAITING

RESULT_NOTES = {"done": "办完了，有现场照片更好；之后有人回访。", "plan": "今天办不完，写明哪天办好；到期没办好算未兑现。",
                "explain": "不能照诉求办，但有依据；写明哪条规定。", "not_ours": "只在异议期内可选；过了由首接单位负责。",
                "refuse": "办不了，写明为什么、反映人还能找谁。"}
OWN_PAGES = frozenset({"answer", "file_late", "sign"})
REPLIES = frozenset({"refuse_return", "grant_return", "end_pause", "grant_extension", "refuse_extension", "release",
                     "answer_supervision", "accept_supervision", "return_supervision", "raise_supervision",
                     "confer_call", "confer_stay", "confer_move", "reclass", "confirm_answer", "settle_promise", "decide_mark", "decide_mark_appeal"})


# -- one order --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Everything the page and the sheet of paper show. Nothing here comes from a tip."""

    order: Referral
    number: str
    title: str
    case_number: str
    case_url: str
    category: str
    place: str
    department: str
    ball: Mapping[str, Any]
    facts: Sequence[tuple[str, Any]]
    demands: Sequence[Mapping[str, Any]]
    answer: AnswerView | None
    """The answer that stands; after it was sent back there is none until the next."""
    earlier: Sequence[AnswerView]
    moves: Sequence[MoveView]
    sign: Move | None
    answer_move: Move | None
    seen: int
    notices: Sequence[tuple[str, str, str]]
    verdicts: Sequence[Any]
    history: Sequence[Line]
    dates: Sequence[clocks.DueStep]
    others: Sequence[Mapping[str, Any]]
    officer: bool
    supporters: int
    conferences: Sequence[Any] = ()
    """Conferences over who must act that this unit is invited to (R16)."""
    clocks: Sequence[Mapping[str, Any]] = ()
    legal: Sequence[Mapping[str, Any]] = ()
    supervisions: Sequence[Mapping[str, Any]] = ()
    calls: Sequence[Any] = ()
    """Whom to call about an emergency (R44): the unit's own people on duty, or the county's numbers."""


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One version of the answer."""

    version: int
    result: str
    text: str
    when: datetime
    plan_on: Any
    late: bool
    contact: str
    proof: str
    photos: Sequence[Mapping[str, Any]]
    files: Sequence[Mapping[str, Any]]
    vague: Sequence[str]
    redo: str
    released: bool
    items: Mapping[str, str]
    current: bool
    changed: Sequence[tuple[str, str]] = ()
    """What the version changed against the one before, as `diff` parts."""
    ticks: Sequence[tuple[str, bool]] = ()
    """The reviewer's checklist of this version."""
    alike: Sequence[str] = ()
    """Why the template guard warned, for the newsroom."""


def order(actor: Actor, row: Referral) -> OrderPage:
    letters = roles_for(actor, "referral", row)
    moves = ledger.moves(actor, "referral", row)
    views = {view.move.command: view for view in moves}
    events = queries.history(row)
    answers = _answers(row, events, actor)
    officer = "O" in letters
    standing = answers[-1] if answers and row.state != "working" else None
    allowed = {command: view.move for command, view in views.items() if view.allowed}
    return OrderPage(
        order=row, number=row.number, title=queries.headline(row.brief), case_number=row.case.number,
        case_url=f"/desk/cases/{row.case.number}" if may_see(actor, row.case) else "",
        category=lookup.category_name(row.case.category), place=place(row),
        department=lookup.department_name(row.department, short=False), ball=ball(row), facts=clock_facts(row),
        demands=_demands(row, standing), answer=standing, earlier=[one for one in answers if one is not standing],
        moves=[view for view in moves if _worth_showing(view)],
        sign=allowed.get("sign"), answer_move=allowed.get(answer_command(row)), seen=row.event_id,
        notices=_notices(row), verdicts=queries.verdicts(row), history=lines(row, events),
        dates=clocks.due_history(row), others=_others(row), officer=officer, supporters=row.case.tip_count, conferences=conference.of_order(row),
        clocks=clockview.rows(clockrows.rows(row, clock.now()), f"/orders/{row.number}/clock"),
        legal=clockview.legal(statutory.dues(row.case.category, row.sent_at)),
        supervisions=clockview.supervisions(row.supervisions, clock.now()), calls=_calls(row))


def _calls(row: Referral) -> Sequence[alerting.Call]:
    """For an emergency that still runs; an ordinary order wakes nobody."""
    return alerting.calls(row, clock.now()) if clocks.urgent(row) and row.state in ("sent", "working") else ()


def _worth_showing(view: MoveView) -> bool:
    """Moves with a page of their own have their own button; why one cannot reply to what nobody asked is only noise."""
    return view.move.command not in OWN_PAGES and (view.allowed or view.move.command not in REPLIES)


def answer_command(row: Referral) -> str:
    """An order given up on a case that has ended takes a late answer for the record only."""
    return "file_late" if row.state == "unanswered" and row.case.state != "open" else "answer"


def vague(payload: Mapping[str, Any]) -> tuple[str, ...]:
    return vague_words("\n".join((str(payload.get("text") or ""), *(payload.get("answers") or {}).values())))


def _answers(row: Referral, events: Sequence[Any], actor: Actor) -> list[AnswerView]:
    staff, opens = actor.in_newsroom, bool(actor.grants & ORIGINALS) or row.department in actor.departments
    redos = [event.payload.get("reason", "") for event in events if event.command in ("redo", "return_answer")]
    shown, ticks = [], _ticks(row)
    for answer in row.answers:
        texts = {str(item.item_id): item.text for item in answer.items}
        media = queries.files_of(answer)
        words = "\n".join((answer.text, *texts.values()))
        shown.append(AnswerView(
            answer.version, answer.result, answer.text, answer.created_at, answer.plan_on, answer.late,
            answer.contact, answer.proof if staff else "", _photos(media), _files(media, opens), vague_words(words),
            redos[answer.version - 1] if answer.version <= len(redos) else "", answer.released, texts,
            answer is row.answers[-1], _changed(row, answer), ticks.get(answer.version, ()),
            template.why(flag) if staff and (flag := template.of(answer)) else ()))
    return shown


def _changed(row: Referral, answer: Answer) -> Sequence[tuple[str, str]]:
    before = next((one for one in row.answers if one.version == answer.version - 1), None)
    return diff(_whole(row, before), _whole(row, answer)) if before is not None else ()


def _whole(row: Referral, answer: Answer) -> str:
    texts = {item.item_id: item.text for item in answer.items}
    return "\n".join((*(f"{item.position}．{texts[item.id]}" for item in row.items if item.id in texts), answer.text))


def _ticks(row: Referral) -> dict[int, list[tuple[str, bool]]]:
    """By version what a reviewer ticked; a version reviewed twice shows the later."""
    return {review.version: [(item.label, bool(getattr(review, item.name))) for item in CHECKLIST] for review in reviews.of_order(row)}


def _photos(media: Sequence[Media]) -> list[dict[str, Any]]:
    return [{"url": f"/files/{row.id}/large", "thumb": f"/files/{row.id}/thumb", "alt": row.caption or row.name,
             "caption": row.caption} for row in media if row.thumb]


def _files(media: Sequence[Media], opens: bool) -> list[dict[str, Any]]:
    """What is no picture has only its original; opening it is written down (U6)."""
    return [{"name": row.name, "size": weight(row.size), "open": f"/files/{row.id}/original" if opens else ""}
            for row in media if not row.thumb]


def _demands(row: Referral, last: AnswerView | None) -> list[dict[str, Any]]:
    ended_without = row.state == "unanswered" and last is None
    result = []
    for item in row.items:
        text = last.items.get(str(item.id), "") if last else ""
        state = last.result if last and text else ("unanswered" if ended_without else "open")
        result.append({"no": item.position, "text": item.text, "state": state, "answer": text,
                       "due": last.plan_on if last and text and last.result == "plan" else None})
    return result


def _notices(row: Referral) -> list[tuple[str, str, str]]:
    """(kind, title, text) of what the reader must not miss."""
    found = []
    last = row.objections[-1] if row.objections else None
    if row.state == "working" and row.redo_count and row.due_reason:
        found.append(("warn", _("退回重办（第 %(n)s 次）", n=row.redo_count), row.due_reason.partition("：")[2]))
    if row.escalated_at and row.state in ("sent", "working"):
        found += _supervised(row)
    if last and last.state == "asked" and conference.sitting(row) is None:
        unit = lookup.department_name(last.unit)
        found.append(("warn", _("异议待定"), _("提出应由%(unit)s办理。编辑决定之前，时限照走。", unit=unit)))
    if last and last.state == "refused" and row.state in ("sent", "working"):
        found.append(("info", _("异议未获同意"), last.note))
    asked = row.extensions[-1] if row.extensions else None
    if asked and asked.state == "asked" and row.state == "working":
        day = clock.local(asked.until)
        found.append(("info", _("延期待批"), _("申请延到 %(m)s 月 %(d)s 日。批准之前，期限不变。", m=day.month, d=day.day)))
    if asked and asked.state == "refused" and row.state == "working":
        found.append(("info", _("延期未获同意"), asked.note))
    return found


def _supervised(row: Referral) -> list[tuple[str, str, str]]:
    """What a supervision means for the reader now, in one sentence."""
    last = clocks.last_supervision(row)
    if last is None:
        return [("late", _("已督办"), _("督查室在看这张单，请尽快答复并报进展。"))]
    who, due = _(LEVELS[last.level].name), clock.local(last.due_at)
    if last.state in WAITING:
        return [("late", _("%(who)s督办", who=who),
                 _("要在 %(m)s 月 %(d)s 日 %(hm)s 前专门答复督办，转办单的答复不能代替。", m=due.month, d=due.day, hm=f"{due:%H:%M}"))]
    if last.state == "answered":
        return [("info", _("%(who)s督办", who=who), _("单位已答复督办，等认可。"))]
    return []


def _others(row: Referral) -> list[dict[str, Any]]:
    """R12: the lead reads the partners' returns; a partner learns who leads and how far they are."""
    found = []
    for other in queries.partners(row):
        last = other.answers[-1] if other.answers else None
        found.append({"department": lookup.department_name(other.department), "duty": other.duty, "state": other.state,
                      "due": other.due_at if other.state == "working" else None,
                      "text": last.text if last and row.duty == "lead" else "",
                      "items": _returned(other, last) if last and row.duty == "lead" else (),
                      "when": last.created_at if last else None, "result": last.result if last else ""})
    return found


def _returned(other: Referral, last: Answer) -> list[tuple[int, str, str]]:
    """What a partner says to each item, for the lead who answers for the whole (R12)."""
    texts = {item.item_id: item.text for item in last.items}
    return [(item.position, item.text, texts[item.id]) for item in other.items if item.id in texts]


# -- the answer form --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnswerPage:
    order: Referral
    number: str
    title: str
    place: str
    facts: Sequence[tuple[str, Any]]
    ball: Mapping[str, Any]
    typed: Typed
    results: Sequence[tuple[str, str]]
    notes: Mapping[str, str]
    items: Sequence[Mapping[str, Any]]
    field: Mapping[str, Any]
    errors: Mapping[str, str]
    seen: int | None
    needs_proof: bool
    late_only: bool
    redo: str
    earlier: Sequence[AnswerView]
    vague: Sequence[str]
    files: Sequence[Mapping[str, Any]]


def answer(actor: Actor, row: Referral, typed: Typed, trouble: Trouble) -> AnswerPage:
    errors = dict(trouble.errors)
    missing = errors.pop("answers", "")
    numbers = {int(n) for n in re.findall(r"\d+", missing)}
    items = [{"id": str(item.id), "no": item.position, "text": item.text, "value": typed.items.get(str(item.id), ""),
              "error": _("这一项还没有回答。") if item.position in numbers else ""} for item in row.items]
    errors.update({f"item-{item['id']}": _("诉求第 %(n)s 项还没有回答。", n=item["no"])
                   for item in items if item["error"]})
    open_window = clocks.objection_open(row, clock.now())
    officer = "O" in roles_for(actor, "referral", row)
    results = [(value, _(word)) for value, word in RESULTS if value != "not_ours" or open_window or not officer]
    answers = _answers(row, queries.history(row), actor)
    return AnswerPage(
        row, row.number, queries.headline(row.brief), place(row), clock_facts(row), ball(row), typed,
        results, {key: _(text) for key, text in RESULT_NOTES.items()}, items,
        {item.name: item for item in ANSWER_FIELDS}, errors,
        row.event_id if trouble.changes else typed.seen, not officer, answer_command(row) == "file_late",
        answers[-1].redo if answers else "", answers, vague(typed.payload) if typed.payload else (),
        [{"name": item.name, "number": number} for number, item in enumerate(typed.files)])
