"""What the public sees of orders, answers and promises: an answer item by item, and only in the words the desk released."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from civic.cases import public_promises, timeline
from civic.cases.folder import Folder
from civic.cases.public_shapes import Answered, Item, Order, Promise, Watched
from civic.kit import clock
from civic.ledger import clocks
from civic.models import Answer, Referral, Verification
from civic.models import Promise as Kept
from civic.reference import lookup
from civic.workflow.supervision import LEVELS, WAITING

SOON = timedelta(days=3)
_BLOCK = re.compile(r"^\s*(\d{1,2})[．.、][^\n]*\n答：", re.M)


def sent(folder: Folder) -> list[Referral]:
    """The orders that left the house; a draft, or one discarded as a draft, never existed for the public."""
    return [order for order in folder.orders if order.sent_at is not None]


def looks(folder: Folder) -> list[Verification]:
    """The verifications everybody may know of: those whose visit the desk has approved."""
    found = []
    for check in folder.checks:
        task = folder.task(check.assignment_id) if check.assignment_id else None
        if task is None or task.state == "done":
            found.append(check)
    return found


def orders(folder: Folder, moment: datetime) -> tuple[Order, ...]:
    return tuple(_order(order, folder, moment) for order in sent(folder))


def _order(order: Referral, folder: Folder, moment: datetime) -> Order:
    assert order.sent_at is not None
    return Order(
        number=order.number, department=order.department, name=lookup.department_name(order.department, short=False),
        duty=order.duty, state=order.state, round=order.round, sent_at=order.sent_at, served_at=order.served_at,
        deemed=order.deemed, original=order.original_due_at, due=order.due_at, because=order.due_reason or "",
        late=clocks.lateness(order, moment), paused=clocks.running_pause(order) is not None,
        redo_count=order.redo_count, reminders=order.reminders, escalated_at=order.escalated_at,
        watched=_watched(order, moment), stopped=clocks.running_stop(order) is not None and order.state in ("sent", "working"),
        ended_at=order.ended_at, items=tuple(_items(order, folder)),
        answers=tuple(_answered(answer, folder) for answer in order.answers))


def _watched(order: Referral, moment: datetime) -> Watched | None:
    """The highest supervision: dates and the owner's office, never what was asked of whom inside."""
    last = clocks.last_supervision(order)
    if last is None:
        return None
    waits = last.state in WAITING
    return Watched(last.level, LEVELS[last.level].name, last.issued_at, last.due_at, None if waits else last.answered_at,
                   waits and last.due_at <= moment, last.state in ("accepted", "ended"))


def _answered(answer: Answer, folder: Folder) -> Answered:
    """A version; without release nothing but that and when there is one."""
    shown = answer.released and not answer.hidden
    pictures = (row for row in folder.media if row.answer_id == answer.id) if shown else ()
    return Answered(
        version=answer.version, at=answer.created_at, late=answer.late, released=answer.released,
        result=answer.result if answer.released else "", text=answer.public_text or "" if shown else "",
        plan_on=answer.plan_on if shown else None,
        hidden=(answer.hidden_reason or "编辑部隐去") if answer.released and answer.hidden else "",
        photos=timeline.photos(pictures, inside=False))


# -- item by item -----------------------------------------------------------------------------------------------------


def split(text: str, numbers: Iterable[int]) -> tuple[dict[int, str], str]:
    """A released answer taken apart by its numbered questions, and what is said beside them.

    The wording follows `departments.answers.public_words`; an editor may have changed it, so what does not fit stays
    whole in the second part.
    """
    known, found, rest = set(numbers), {}, []
    marks = [mark for mark in _BLOCK.finditer(text) if int(mark[1]) in known]
    if not marks:
        return {}, text.strip()
    rest.append(text[:marks[0].start()])
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        body = text[mark.end():following.start() if following else len(text)].strip()
        if following is None:
            body, _, more = body.partition("\n\n")
            rest.append(more)
        found[int(mark[1])] = body.strip()
    return found, "\n\n".join(part.strip() for part in rest if part.strip())


def _items(order: Referral, folder: Folder) -> Iterable[Item]:
    answer = order.answers[-1] if order.answers else None
    shown = answer is not None and answer.released and not answer.hidden
    words, _ = split(answer.public_text or "", [item.position for item in order.items]) if answer and shown else ({}, "")
    verdict = _verdict(order, folder)
    for item in order.items:
        state = answer.result if answer and shown else _unseen(order, answer)
        yield Item(item.position, item.text, state, words.get(item.position, ""),
                   answer.plan_on if answer and shown else None, verdict)


def _unseen(order: Referral, answer: Answer | None) -> str:
    """Where an item stands whose answer nobody outside may read."""
    if order.state in ("returned", "withdrawn"):
        return "gone"
    if order.state == "unanswered":
        return "unanswered"
    return "kept" if answer is not None and order.state in ("answered", "settled") else "open"


def beside(order: Order) -> str:
    """What the newest released answer says beside its items."""
    answer = order.answers[-1] if order.answers else None
    return split(answer.text, [item.no for item in order.items])[1] if answer else ""


def _verdict(order: Referral, folder: Folder) -> str:
    """What the last look after the last answer found."""
    found = [check for check in looks(folder) if check.referral_id == order.id and (
        order.answered_at is None or check.verified_at >= order.answered_at)]
    return found[-1].verdict if found else ""


# -- promises ---------------------------------------------------------------------------------------------------------


def promises(folder: Folder, moment: datetime) -> tuple[Promise, ...]:
    """What units promised with a date in a released answer, stage by stage, and whether it was kept (R21)."""
    today = clock.local(moment).date()
    return tuple(_promise(row, folder, today) for row, _answer in public_promises.of_case(folder.case))


def _promise(row: Kept, folder: Folder, today: date) -> Promise:
    state, late = row.state, 0
    if state == "running":
        state = "broken" if row.due_on < today else "due_soon" if row.due_on - today <= SOON else "open"
    if state == "kept" and row.judged_at:
        late = max((clock.local(row.judged_at).date() - row.due_on).days, 0)
    return Promise(row.text, row.due_on, state, lookup.department_name(row.department), row.department, late, row.reason)
