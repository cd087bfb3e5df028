"""Timers: due moments as rows. Ending an object cancels its timers in the same transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import update

from civic.kit.ids import uuid7
from civic.kit import clock
from civic.models import Case, Publication, Referral, Timer, db
from civic.reference import calendars, lookup
from civic.workflow import deadlines, policy
from civic.workflow.calendar import Term
from civic.workflow.machine import TimerSpec


def cancel(machine: str, object_id: uuid.UUID, moment: datetime) -> None:
    """Stops everything that still waits for this object."""
    db.session.execute(update(Timer).where(
        Timer.machine == machine, Timer.object_id == object_id, Timer.fired_at.is_(None), Timer.cancelled_at.is_(None),
    ).values(cancelled_at=moment))


def start(machine: str, obj: Any, specs: Iterable[TimerSpec], moment: datetime) -> None:
    """Writes the timers of the state just entered, counted from `moment`."""
    ladder: dict[str, datetime] | None = None
    for spec in specs:
        if spec.term.startswith("ladder:"):
            ladder = _ladder(obj) if ladder is None else ladder
            due = ladder.get(spec.term.removeprefix("ladder:"))
        elif isinstance(obj, Publication):
            due = obj.not_before
        else:
            due = due_at(spec.term, moment, urgent=_urgent(machine, obj))
        if due is not None:
            db.session.add(Timer(id=uuid7(), created_at=moment, machine=machine, object_id=obj.id, name=spec.name,
                                 effect=spec.effect, due_at=due))


def due_at(name: str, moment: datetime, urgent: bool = False) -> datetime:
    """The end of a policy's term that starts now."""
    return calendars.current().add(moment, Term.parse(policy.term(name, urgent))).at


def _urgent(machine: str, obj: Any) -> bool:
    if machine == "tip":
        return obj.urgency != "normal"
    if machine == "assignment" and obj.case_id:
        case = db.session.get(Case, obj.case_id)
        return case is not None and case.urgency != "normal"
    return False


def _ladder(order: Referral) -> dict[str, datetime]:
    """The reminder dates of a served order by rung (R18)."""
    if not order.due_at or not order.served_at:
        return {}
    closing = lookup.sla(order.sla, clock.local(order.served_at).date()).closing
    return {rung.code: rung.at for rung in deadlines.ladder(order.served_at, order.due_at, closing,
                                                            calendars.current())}
