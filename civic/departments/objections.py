"""Objections R14–R16: in the window, with basis and another unit; decided in one working day; the second one by conference."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from civic import ledger
from civic.access.actor import Actor
from civic.departments import conference, terms
from civic.kit.result import Invalid
from civic.ledger import timers
from civic.models import Objection, Referral, db
from civic.reference import lookup

Data = Mapping[str, Any]
CONFERENCE = 2
"""R16: from this objection on within a case the units sit down together."""


def ask_return(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """The department says why it is not its duty and whose it is. The clock runs until the desk agrees.

    The second objection of the case, whoever raises it, opens a conference at once (R16).
    """
    unit = str(data.get("unit") or "")
    log: dict[str, Any] = {"basis": data.get("basis"), "unit": unit}

    def apply(moment: datetime) -> None:
        info = lookup.department(unit)
        if info is None or not info.receives or unit == order.department:
            raise Invalid({"unit": "请选应当办理的另一个单位（R14）。"})
        if unit == order.case.named_party:
            raise Invalid({"unit": "这个单位就是被反映的一方，不能由它办（R11）。"})
        order.objections.append(ledger.new(
            Objection, asked_by=actor.user_id, asked_at=moment, unit=unit, basis=data["basis"], state="asked", note="",
            due_at=timers.due_at("referral.objection", moment)))
        db.session.flush()
        log["number"] = in_case(order)
        log["conference"] = log["number"] >= CONFERENCE
        if log["conference"]:
            log["confer_by"] = conference.open_for(order, moment).due_at.isoformat()
    event = ledger.perform(actor, "referral", order, "ask_return", data, seen=seen, apply=apply, log=log)
    if log["conference"]:
        conference.arm(order, event.at)
    return order


def in_case(order: Referral) -> int:
    """How many objections this round of the case has seen, whoever raised them (R16)."""
    return int(db.session.scalar(select(func.count()).select_from(Objection).join(
        Referral, Referral.id == Objection.referral_id).where(
        Referral.case_id == order.case_id, Referral.round == order.round)) or 0)


def refuse_return(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """The unit keeps the order, and its clock never stopped (R14)."""
    def apply(moment: datetime) -> None:
        conference.decide_objection(order, "refused", actor, moment, data["reason"])
        timers.cancel("referral", order.id, moment, ["decide"])
    ledger.perform(actor, "referral", order, "refuse_return", data, seen=seen, apply=apply)
    return order


def grant_return(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """Takes the order back; the next draft of the case is linked to it and suggests the unit named."""
    def apply(moment: datetime) -> None:
        terms.close_pause(order, moment)
        conference.decide_objection(order, "granted", actor, moment, data["reason"])
        order.ended_at, order.end_reason = moment, data["reason"]
    ledger.perform(actor, "referral", order, "grant_return", data, seen=seen, apply=apply)
    return order
