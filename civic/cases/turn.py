"""Whose move a case waits for, as one sentence: who must do what until when, and why the date moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from civic.cases.folder import Folder
from civic.kit import clock
from civic.ledger import clocks
from civic.models import Assignment, Referral
from civic.reference import calendars, lookup
from civic.workflow.labels import LIVE_TASK
from civic.workflow.machine import N_

WORKS = {"investigate": N_("调查"), "mediate": N_("协调"), "verify": N_("回访"), "cover": N_("报道")}


@dataclass(frozen=True, slots=True)
class Ball:
    """What `macros/ball.html` draws. `holder` is newsroom, department, citizen or nobody."""

    holder: str
    who: str
    task: str = ""
    due: datetime | None = None
    original: datetime | None = None
    because: str = ""
    left: str = ""
    late: str = "none"
    progress: int | None = None
    note: str = ""


def whose(folder: Folder, audience: str = "internal") -> Ball:
    """Whose move it is. The public reads «小虎队», the newsroom the person's name."""
    case, moment = folder.case, clock.now()
    if case.ball == "department":
        return _department(folder, moment, audience)
    if case.ball == "citizen":
        order = next((row for row in _running(folder) if clocks.running_pause(row)), None)
        pause = clocks.running_pause(order) if order else None
        return Ball("citizen", N_("反映人"), N_("补充情况"), pause.until if pause else None,
                    late=_late(pause.until if pause else None, moment))
    if case.ball == "nobody" or case.state != "open":
        return Ball("nobody", _ended(folder))
    return _newsroom(folder, moment, audience)


def _running(folder: Folder) -> list[Referral]:
    return [row for row in folder.round_orders() if row.state in ("sent", "working")]


def _department(folder: Folder, moment: datetime, audience: str) -> Ball:
    """The order that is due first; the others are named in the note."""
    running = sorted((row for row in _running(folder) if clocks.running_pause(row) is None),
                     key=lambda row: (row.due_at or row.sign_due_at or moment, row.number))
    if not running:
        return Ball("department", N_("承办单位"))
    order = running[0]
    due, started = order.due_at or order.sign_due_at, order.served_at or order.sent_at
    late = _late(due, moment) if order.due_at is None else clocks.lateness(order, moment)
    others = "、".join(lookup.department_name(row.department) for row in running[1:])
    notes = [f"还在办：{others}。"] if others else []
    if order.reminders:
        notes.append(f"已催办 {order.reminders} 次。")
    if order.escalated_at:
        notes.append(f"{clock.local(order.escalated_at):%-m月%-d日}起列入督办。")
    return Ball(
        "department", lookup.department_name(order.department, short=audience == "internal"),
        N_("签收") if order.state == "sent" else (N_("重办并答复") if order.redo_count else N_("办理并答复")), due,
        order.original_due_at, order.due_reason or "", left(due, moment, order), late,
        _used(started, due, moment), " ".join(notes))


def _newsroom(folder: Folder, moment: datetime, audience: str) -> Ball:
    case, inside = folder.case, audience == "internal"
    desk = N_("值班编辑") if inside else N_("小虎队")
    if case.hold_until:
        return Ball("newsroom", desk, N_("缓办后再派"), _end_of(case.hold_until),
                    note=f"缓办：{case.hold_reason}" if inside and case.hold_reason else "")
    task = _next_task(folder)
    if task is not None:
        return _task_ball(task, moment, inside)
    asked = next((row for row in _running(folder) if clocks.running_pause(row)), None)
    if asked is not None:
        pause = clocks.running_pause(asked)
        return Ball("newsroom", desk, N_("给承办单位补充材料"), pause.until if pause else None,
                    late=_late(pause.until if pause else None, moment))
    if any(row.state == "answered" for row in folder.round_orders()):
        return Ball("newsroom", desk, N_("核对答复、安排回访") if inside else N_("核对答复并回访"))
    if any(row.state == "draft" for row in folder.round_orders()) and inside:
        return Ball("newsroom", desk, N_("审核并发出转办单"))
    if case.stage == "wrapping":
        who = N_("总编辑") if inside and case.grade == "A" else desk
        return Ball("newsroom", who, N_("结案，或再派") if inside else N_("整理结果、结案"))
    return Ball("newsroom", desk, N_("派任务，或转办") if inside else N_("安排调查"))


def _next_task(folder: Folder) -> Assignment | None:
    """The live task the case waits for: what is handed in before what is held before what is offered."""
    order = {"submitted": 0, "accepted": 1, "offered": 2}
    live = [row for row in folder.round_tasks() if row.state in LIVE_TASK and row.kind != "cover"]
    return min(live, key=lambda row: (order[row.state], row.due_at or row.created_at), default=None)


def _task_ball(task: Assignment, moment: datetime, inside: bool) -> Ball:
    work = WORKS.get(task.kind, task.kind)
    if not inside:
        what = {"offered": f"安排{work}", "accepted": work, "submitted": f"核对{work}结果"}[task.state]
        return Ball("newsroom", N_("小虎队"), what)
    if task.state == "submitted":
        return Ball("newsroom", N_("值班编辑"), f"验收{work}", note=f"{_holder(task)}已交。")
    due = task.due_at
    return Ball("newsroom", _holder(task), f"接办{work}" if task.state == "offered" else work, due,
                left=left(due, moment), late=_late(due, moment), progress=_used(task.created_at, due, moment))


def _holder(task: Assignment) -> str:
    if task.assignee is not None:
        return task.assignee.name
    return task.team.name if task.team is not None else N_("小虎队")


def _ended(folder: Folder) -> str:
    case = folder.case
    if case.state == "merged":
        return N_("已并入另一案")
    return N_("无人待办")


def _late(due: datetime | None, moment: datetime) -> str:
    return "overdue" if due is not None and due < moment else "none"


def _used(start: datetime | None, due: datetime | None, moment: datetime) -> int | None:
    """The share of the term that is used up, 0 to 100."""
    if start is None or due is None or due <= start:
        return None
    return max(0, min(100, round((moment - start) / (due - start) * 100)))


def left(due: datetime | None, moment: datetime, order: Referral | None = None) -> str:
    """What is left, or how long it is over, in working days where the term counts them; empty within the last days."""
    if due is None or (order is not None and order.due_at is not None and clocks.closing_term(order).natural):
        return ""
    days = calendars.current().remaining(moment, due).working_days
    return f"{abs(days)} 个工作日" if abs(days) >= 1 and (days > 0) == (due > moment) else ""


def _end_of(day: date) -> datetime:
    return calendars.current().end_of(day)
