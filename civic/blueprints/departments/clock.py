"""Whose move it is on an order, until when, and how the date came about."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from civic.kit import clock
from civic.ledger import clocks, timers
from civic.models import Referral
from civic.reference import calendars, emergency, lookup
from civic.workflow.calendar import Term

ENDINGS = {"settled": "办结", "returned": "已退单，另派单位", "unanswered": "到期没有答复", "withdrawn": "已撤单"}


def left_words(due: datetime | None, late: str) -> str:
    """What is left, or how much over: in working days, in hours when it is less than one."""
    if due is None:
        return ""
    left = calendars.current().remaining(clock.now(), due)
    days = abs(left.working_days)
    if days:
        return _("%(n)s 个工作日", n=days)
    hours = max(int(abs(left.natural) / timedelta(hours=1)), 1)
    return _("%(n)s 小时", n=hours)


def ball(order: Referral) -> dict[str, Any]:
    """The line under the title (`macros/ball.html`)."""
    who = lookup.department_name(order.department)
    newsroom = _("融媒体中心")
    if order.state == "draft":
        return {"holder": "newsroom", "who": newsroom, "task": _("核对后发出")}
    if order.state == "sent":
        return {"holder": "department", "who": who, "task": _("签收"), "due": order.sign_due_at,
                "note": _("到时没有签收，视为签收，办理时限从那时起算。")}
    if order.state == "working":
        return _working(order, who, newsroom)
    if order.state == "answered":
        due = timers.due_at("referral.verify", order.answered_at) if order.answered_at else None
        return {"holder": "newsroom", "who": newsroom, "task": _("回访核实"), "due": due,
                "note": _("部门说办好了，要有人到现场看过才算。")}
    return {"holder": "nobody", "who": _(ENDINGS.get(order.state, "")), "note": order.end_reason or ""}


def _working(order: Referral, who: str, newsroom: str) -> dict[str, Any]:
    stop = clocks.running_stop(order)
    if stop is not None:
        mode = emergency.current()
        return {"holder": "department", "who": who, "task": _("答复"), "due": order.due_at,
                "note": _("%(mode)s期间办理时限停着，结束后顺延；能办的请先办。", mode=mode.name if mode else _("应急"))}
    pause = clocks.running_pause(order)
    if pause is not None:
        return {"holder": "newsroom", "who": newsroom, "task": _("补充材料"), "due": pause.until,
                "note": _("办理时限停着：%(question)s", question=pause.question)}
    late = clocks.lateness(order, clock.now())
    note = ""
    if order.provisional:
        note = _("期限是暂定的：该年放假安排公布后重算，只会推后，不会提前。")
    return {"holder": "department", "who": who, "task": _("答复"), "due": order.due_at,
            "original": order.original_due_at, "because": order.due_reason or "", "late": late,
            "left": left_words(order.due_at, late), "progress": _progress(order), "note": note}


def _progress(order: Referral) -> int:
    if not order.served_at or not order.due_at or order.due_at <= order.served_at:
        return 0
    moment = min(max(clock.now(), order.served_at), order.due_at)
    return round((moment - order.served_at) / (order.due_at - order.served_at) * 100)


def clock_facts(order: Referral) -> list[tuple[str, Any]]:
    """The dates of an order as (term, value); values that are datetimes are formatted by the template."""
    term = Term.parse(order.term).words if order.term else ""
    signed = _("（逾期签收，视为签收）") if order.deemed else ""
    moved = order.due_at != order.original_due_at
    sla = lookup.sla(order.sla, clock.local(order.served_at or clock.now()).date())
    return [
        (_("时限类别"), _("%(name)s · %(term)s", name=sla.name, term=term or sla.closing.words)),
        (_("发出"), order.sent_at), (_("签收") + signed, order.served_at),
        (_("原期限") if moved else _("期限"), order.original_due_at), (_("现期限"), order.due_at if moved else None),
        (_("答复"), order.answered_at), (_("了结"), order.ended_at),
    ]
