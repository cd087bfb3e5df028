"""«不合理»或«超出职责»: proposed by the unit, decided by the desk, visible to the citizen, one appeal (R30)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from civic import ledger
from civic.access.actor import Actor
from civic.kit.result import NotAllowed
from civic.models import DemandMark, Referral, db

Data = Mapping[str, Any]


def of(order: Referral) -> DemandMark | None:
    """The mark of an order, asked for or decided."""
    return db.session.scalar(select(DemandMark).where(DemandMark.referral_id == order.id))


def ask(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    def apply(_: datetime) -> None:
        db.session.add(ledger.new(DemandMark, referral_id=order.id, case_id=order.case_id, kind=data["kind"],
                                  basis=data["basis"], asked_by=actor.user_id, decision="asked", reason="",
                                  appeal_decision="", appeal_reason="", excluded=False))
    ledger.perform(actor, "referral", order, "ask_mark", data, seen=seen, apply=apply)
    return order


def _held(actor: Actor, order: Referral) -> DemandMark:
    if order.department in actor.departments:
        raise NotAllowed("认定要由承办单位以外的人决定（R30）。")
    row = of(order)
    assert row is not None  # the guard saw one
    return row


def decide(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """Granted, the order leaves the unit's rates until an appeal says otherwise."""
    def apply(moment: datetime) -> None:
        row = _held(actor, order)
        row.decision, row.reason, row.decided_at, row.decided_by = data["decision"], data["reason"], moment, actor.user_id
        row.excluded = data["decision"] == "granted"
    ledger.perform(actor, "referral", order, "decide_mark", data, seen=seen, apply=apply)
    return order


def decide_appeal(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """Somebody other than who decided weighs the appeal; only an upheld mark counts again."""
    def apply(_: datetime) -> None:
        row = _held(actor, order)
        row.appeal_decision, row.appeal_reason = data["decision"], data["reason"]
        row.excluded = data["decision"] == "upheld"
    ledger.perform(actor, "referral", order, "decide_mark_appeal", data, seen=seen, apply=apply)
    return order


OPERATIONS = {("referral", "ask_mark"): ask, ("referral", "decide_mark"): decide,
              ("referral", "decide_mark_appeal"): decide_appeal}
