"""What the newsroom reads of an event: the label of the move, what was written, who did it. Never leaves the newsroom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from civic.cases import sentences
from civic.cases.entry import Entry
from civic.cases.folder import Folder
from civic.cases.sentences import Said
from civic.kit import clock
from civic.models import Event
from civic.reference import lookup
from civic.workflow import assignment, referral, tables
from civic.workflow.machine import ROLE_NAMES, Field

QUIET = frozenset({("coverage", "save"), ("tip", "read_contact"), ("tip", "accept"), ("case", "note"), ("assignment", "note"),
                   ("referral", "release"), ("case", "open_original"), ("case", "mask"), ("coverage", "open_original"),
                   ("coverage", "mask"), ("coverage", "name_party"), ("coverage", "drop_party"), ("coverage", "waive_party")})
"""In the event log, not on the timeline; notes come from their own rows, and tips that join are told day by day."""
NAMED = 5


SAID_ELSEWHERE = frozenset({"title", "case", "format", "public_title", "public_summary", "category", "facts", "grade"})
"""Fields of which the page shows the present value; the timeline tells what happened, not the form again."""
WHOLE = frozenset({("case", "describe")})
"""Moves that are nothing but their fields."""


def doer(event: Event) -> str:
    """Name and role at that moment; the clock and tipsters have no name."""
    role = ROLE_NAMES.get(event.actor_role, event.actor_role)
    return role if event.actor_role in ("Y", "C") else " · ".join(part for part in (event.actor_name, role) if part)


def label(event: Event) -> str:
    """The label of the move; the bare command for one the tables no longer know."""
    found = next((move for move in tables.machine(event.machine).moves if move.command == event.command), None)
    return found.label if found else EXTRA.get((event.machine, event.command), event.command)


EXTRA = {**dict.fromkeys(((machine, "open_original") for machine in ("case", "tip", "coverage")), "打开原件"),
         **dict.fromkeys(((machine, "mask") for machine in ("case", "tip", "coverage")), "遮挡照片"),
         ("coverage", "name_party"): "列入被报道的一方", ("coverage", "drop_party"): "不再点名", ("coverage", "waive_party"): "免告知这一方"}


def tell(event: Event, book: Folder, said: Said | None) -> Said:
    """The full line: the public sentence where there is one, with what only the newsroom reads beneath."""
    special = _SPECIAL.get((event.machine, event.command))
    if special is not None:
        found = special(event, book)
        if found is not None:
            return found
    lines = tuple(written(event))
    if said is not None:
        seen = {said.body, *said.children}
        return Said(said.title, said.body, said.tone, (*said.children, *(x for x in lines if not _told(x, seen))),
                    said.link, said.hidden)
    return Said(_name(event, book), "", "", (*sentences.moved(event), *lines))


def _told(line: str, seen: set[str]) -> bool:
    return any(line.endswith(text) for text in seen if text)


def _name(event: Event, book: Folder) -> str:
    """The label with what it is about."""
    order = book.order(event.object_id) if event.machine == "referral" else None
    if order is not None:
        return f"{label(event)}：{sentences.unit(order)}"
    story = book.story(event.object_id) if event.machine == "coverage" else None
    if story is not None:
        return f"{label(event)}《{story.title}》"
    task = book.task(event.object_id) if event.machine == "assignment" else None
    if task is not None:
        return f"{label(event)}（{dict(assignment.KINDS)[task.kind]}）"
    tip = book.tip(event.object_id) if event.machine == "tip" else None
    return f"{label(event)} {tip.number}" if tip is not None else label(event)


def written(event: Event) -> Iterator[str]:
    """«label：value» of every field the log keeps, in the order of the form."""
    move = next((row for row in tables.machine(event.machine).moves if row.command == event.command), None)
    if move is None:
        return
    for item in move.fields:
        value = event.payload.get(item.name)
        if value in (None, "", [], {}, False) or (item.name in SAID_ELSEWHERE and move.key not in WHOLE):
            continue
        shown = _value(item, value)
        if shown:
            yield f"{item.label}：{shown}"


def _value(item: Field, value: Any) -> str:
    if item.kind == "choice":
        return dict(item.choices).get(str(value), str(value))
    if item.kind == "department":
        return lookup.department_name(str(value))
    if item.kind == "category":
        return lookup.category_name(str(value))
    if item.kind == "date":
        return sentences.day(date.fromisoformat(str(value)))
    if item.kind == "datetime":
        there = clock.local(datetime.fromisoformat(str(value)))
        return f"{there.month}月{there.day}日 {there:%H:%M}"
    if item.kind == "channel":
        return sentences.channel(str(value))
    if item.kind in ("line", "text", "case"):
        return str(value)
    return f"{value} 份" if item.kind == "files" else ""


def _offer(event: Event, book: Folder) -> Said | None:
    task = book.task(event.object_id)
    if task is None:
        return None
    kind = dict(assignment.KINDS)[task.kind]
    given = str(event.payload.get("holder") or "")
    team = task.team.name if task.team else ""
    who = team if given.startswith("team:") and team else (task.assignee.name if task.assignee else team)
    return Said(f"派{kind}给{who}" if who else f"派{kind}", task.brief, "", _due(event))


def _due(event: Event) -> tuple[str, ...]:
    text = event.payload.get("due_at")
    return (f"要求 {sentences.day(datetime.fromisoformat(str(text)))} 前",) if text else ()


def _submit(event: Event, book: Folder) -> Said | None:
    task = book.task(event.object_id)
    if task is None:
        return None
    title = f"交{dict(assignment.KINDS)[task.kind]}结果"
    return Said(title, tone="quiet") if task.kind == "verify" else Said(title, task.findings)


def _answer(event: Event, book: Folder) -> Said | None:
    """The answer as it was given, item by item, whether released or not."""
    order = book.order(event.object_id)
    answer = book.answer(order, event.payload.get("version")) if order else None
    if order is None or answer is None:
        return None
    texts = {item.item_id: item.text for item in answer.items}
    lines = [f"诉求 {item.position}：{item.text} —— {texts.get(item.id) or '没有回答'}" for item in order.items]
    lines += [f"承诺 {sentences.day(answer.plan_on)} 办好"] if answer.plan_on else []
    lines += [f"含糊的话：{'、'.join(event.payload['vague'])}"] if event.payload.get("vague") else []
    lines += ["已公开" if answer.released and not answer.hidden else "还没有公开"]
    return Said(f"{sentences.unit(order)}答复（第 {answer.version} 版）：{dict(referral.RESULTS)[answer.result]}",
                answer.text, "late" if answer.late else "", tuple(lines))


def _draft(event: Event, book: Folder) -> Said | None:
    order = book.order(event.object_id)
    return Said(f"拟转办单 {order.number}：{sentences.unit(order)}", tone="quiet") if order else None


_SPECIAL = {("assignment", "offer"): _offer, ("assignment", "submit"): _submit, ("referral", "answer"): _answer,
            ("referral", "draft"): _draft}


def notes(book: Folder) -> Iterator[Entry]:
    """The notes of the newsroom as entries."""
    speakers = {"self": "记者所见", "citizen": "反映人", "party": "当事方", "department": "部门", "expert": "专家"}
    for note in book.notes:
        who = note.author.name if note.author else ""
        title = f"采访笔记（{speakers.get(note.speaker, note.speaker)}）" if note.assignment_id else "内部笔记"
        yield Entry("news", clock.local(note.created_at).date(), title, note.created_at, note.text, "quiet", by=who,
                    children=("可以引用",) if note.on_record else (), id=f"n{note.id.hex[-12:]}")


def joined(book: Folder) -> Iterator[Entry]:
    """The tips accepted into the case, one line a day however many there were."""
    days: dict[date, list[Event]] = {}
    for event in book.events:
        if (event.machine, event.command) == ("tip", "accept"):
            days.setdefault(clock.local(event.at).date(), []).append(event)
    for day, found in days.items():
        tips = [tip.number for event in found if (tip := book.tip(event.object_id)) is not None]
        more = (f"等 {len(found)} 条",) if len(tips) > NAMED else ()
        yield Entry("gov", day, f"并入 {len(found)} 条线索", found[0].at, tone="quiet", children=(*tips[:NAMED], *more),
                    by=doer(found[0]) if len(found) == 1 else "", id=f"e{found[0].id}")
