"""Verbs of the squad that are more than one move: checking in with or without a position, handing a task on."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from civic.access.actor import Actor
from civic.cases import tasks
from civic.kit import clock
from civic.kit.result import Invalid, NotPossible
from civic.models import Assignment, Case, db
from civic.workflow.machine import N_

Data = Mapping[str, Any]
NO_PLACE = (("no_signal", N_("没有信号或定位不准")), ("no_device", N_("这台设备没有定位")),
            ("unsafe", N_("不便暴露位置（安全）")), ("source", N_("会暴露反映人")), ("private", N_("不愿提供")))


def check_in(actor: Actor, task: Assignment, data: Data, seen: int | None = None) -> Assignment:
    """Checks in at a `place`, or without one for the reason `without`: a position is asked for, never demanded."""
    place = dict(data.get("place") or {})
    reason = dict(NO_PLACE).get(str(data.get("without") or ""))
    if not place and reason is None:
        raise Invalid({"without": "给一个位置，或者说明为什么不给。"})
    note = str(data.get("note") or "")
    if not place:
        place = {"place_source": "unknown"}
        note = f"未提供位置：{reason}。{note}"[:200]
    return tasks.check_in(actor, task, {**data, "place": place, "note": note}, seen)


def hand_on(actor: Actor, task: Assignment, member: uuid.UUID, seen: int | None = None) -> Assignment:
    """Gives an open offer of the squad to one of its members: the old offer is cancelled, a new one made."""
    if task.state != "offered":
        raise NotPossible((N_("已经有人接办，不能再派给别人。"),))
    data = {"kind": task.kind, "holder": f"user:{member}", "brief": task.brief, "due_at": task.due_at,
            "referral": task.referral_id}
    if task.due_at is not None and task.due_at <= clock.now():
        raise NotPossible((N_("这条任务的期限已经过了，请值班编辑重新派。"),))
    case = db.session.get(Case, task.case_id) if task.case_id else None
    tasks.cancel(actor, task, {"reason": "队内指定承办人"}, seen)
    return tasks.offer(actor, case, data, coverage_id=task.coverage_id)
