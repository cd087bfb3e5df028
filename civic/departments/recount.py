"""Provisional dates counted again once a year's holidays are announced (R37): certain, and never earlier than said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from civic import ledger
from civic.access.actor import Actor
from civic.departments import terms
from civic.kit import clock
from civic.ledger import clocks
from civic.models import Referral, db
from civic.reference import calendars
from civic.reference.calendars import Provisional
from civic.workflow.calendar import Due

ANNOUNCED = "放假安排公布后重新计算"


def recount(actor: Actor, order: Referral, data: Any = None, seen: int | None = None) -> Referral:
    """Gives one order its date by the calendar as it is now; nothing happens while the year is still unknown."""
    after = _after(order)
    if after is None:
        return order
    log: dict[str, Any] = {}

    def apply(moment: datetime) -> None:
        if after.at == order.due_at:
            order.provisional = after.provisional
            log["certain"] = True
            return
        log.update(terms.move(order, after, terms.because(order, ANNOUNCED)))
        terms.restart_ladder(order, moment)
    ledger.perform(actor, "referral", order, "recount", data, seen=seen, apply=apply, log=log)
    return order


def _after(order: Referral) -> Due | None:
    """The date that holds now, or None when nothing changed. A date moved since service only becomes certain."""
    if not order.provisional or order.due_at is None or order.served_at is None:
        return None
    announced, calendar = Due(order.due_at, True), calendars.current()
    if order.due_at != order.original_due_at:
        certain = not calendar.is_provisional(calendar.local_day(order.due_at))
        return Due(order.due_at, False) if certain else None
    row = Provisional(order.id, order.served_at, clocks.closing_term(order), announced)
    moved = calendars.recompute([row], calendar, clock.now())
    return moved[0].after if moved else None


def recount_all() -> int:
    """Recounts every running order whose date is provisional; returns how many moved or became certain."""
    changed = 0
    for order in db.session.scalars(select(Referral).where(Referral.provisional,
                                                           Referral.state.in_(("sent", "working")))).all():
        before = (order.due_at, order.provisional)
        recount(Actor.system(), order)
        changed += (order.due_at, order.provisional) != before
    db.session.commit()
    return changed
