"""The clocks of a referral read from its rows: pauses, objection window, extension cap, lateness."""

from __future__ import annotations

from datetime import date, datetime

from civic.kit import clock
from civic.models import Pause, Referral
from civic.reference import calendars, lookup
from civic.workflow import deadlines
from civic.workflow.deadlines import Clock


def running_pause(order: Referral) -> Pause | None:
    """The pause that has not ended, if any."""
    return next((pause for pause in order.pauses if pause.ended_at is None), None)


def objection_open(order: Referral, moment: datetime) -> bool:
    """Whether an objection may still be raised (R14): two work hours after signing, one working day after service."""
    if order.sent_at is None or order.state not in ("sent", "working"):
        return False
    signed = order.served_at if order.served_at and not order.deemed else None
    return moment <= deadlines.objection_until(order.sent_at, signed, calendars.current())


def extension_cap(order: Referral) -> date | None:
    """The last day an extension may reach (R17): once, not longer than the class allows nor than the original term."""
    if order.due_at is None or order.served_at is None:
        return None
    sla = lookup.sla(order.sla, clock.local(order.served_at).date())
    if sla.extension_max is None or sla.extension_times == 0:
        return order.due_at.date()
    calendar = calendars.current()
    return calendar.local_day(calendar.add(order.due_at, sla.extension_max).at)


def long_overdue(order: Referral, moment: datetime) -> bool:
    """Whether twice the term has passed."""
    if order.due_at is None or order.served_at is None or order.state != "working":
        return False
    closing = lookup.sla(order.sla, clock.local(order.served_at).date()).closing
    return moment >= deadlines.long_overdue_at(order.due_at, closing, calendars.current())


def lateness(order: Referral, moment: datetime) -> str:
    """none, due_soon, overdue or long_overdue: from the calendar and the pauses."""
    if order.due_at is None or order.served_at is None or order.state not in ("sent", "working"):
        return "none"
    sla = lookup.sla(order.sla, clock.local(order.served_at).date())
    return str(deadlines.late(order.due_at, moment, calendars.current(), closing=sla.closing,
                              paused_since=pause.started_at if (pause := running_pause(order)) else None))


def has_natural_clock(code: str, moment: datetime) -> bool:
    """Whether an SLA class runs day and night (E, U)."""
    return lookup.sla(code, clock.local(moment).date()).clock is Clock.NATURAL
