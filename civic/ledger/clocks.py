"""The clocks of a referral read from its rows: pauses, objection window, extension cap, lateness."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from civic.kit import clock
from civic.models import Event, OrderClock, Pause, Referral, Supervision, Suspension, db
from civic.reference import calendars, lookup
from civic.workflow import deadlines
from civic.workflow.calendar import Term
from civic.workflow.deadlines import Clock
from civic.workflow.supervision import LIVE


def running_pause(order: Referral) -> Pause | None:
    """The pause that has not ended, if any."""
    return next((pause for pause in order.pauses if pause.ended_at is None), None)


def running_stop(order: Referral) -> Suspension | None:
    """The typhoon stop of this order's clock that has not ended, if any (R43)."""
    return next((stop for stop in order.suspensions if stop.ended_at is None), None)


def stands_since(order: Referral) -> datetime | None:
    """Since when the clock stands still, whatever for; None while it runs."""
    starts = [row.started_at for row in (running_pause(order), running_stop(order)) if row is not None]
    return min(starts) if starts else None


def last_supervision(order: Referral) -> Supervision | None:
    """The supervision of the highest level, if any (R19)."""
    return order.supervisions[-1] if order.supervisions else None


def live_supervision(order: Referral) -> Supervision | None:
    """The supervision that is not settled yet, if any."""
    return next((row for row in order.supervisions if row.state in LIVE), None)


def open_clock(order: Referral, kind: str) -> OrderClock | None:
    """The running clock of that kind (contact, control, interim) that was not met yet."""
    return next((row for row in order.clock_rows if row.kind == kind and row.met_at is None), None)


def urgent(order: Referral) -> bool:
    """Whether it is an emergency: served under class E, or of a case in danger. Typhoon mode never stops those (R43)."""
    return order.sla == "E" or order.case.urgency == "emergency"


def closing_term(order: Referral) -> Term:
    """The closing term it was served under; for an order not served yet that of its class today."""
    if order.term:
        return Term.parse(order.term)
    return lookup.sla(order.sla, clock.local(order.served_at or clock.now()).date()).closing


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
    sla, calendar = lookup.sla(order.sla, clock.local(order.served_at).date()), calendars.current()
    longest, original = sla.extension_max, closing_term(order)
    if longest is None or sla.extension_times == 0:
        return calendar.local_day(order.due_at)
    if longest.unit is original.unit and original.amount < longest.amount:
        longest = original
    return calendar.local_day(calendar.add(order.due_at, longest).at)


def long_overdue(order: Referral, moment: datetime) -> bool:
    """Whether twice the term has passed."""
    if order.due_at is None or order.served_at is None or order.state != "working":
        return False
    closing = closing_term(order)
    return moment >= deadlines.long_overdue_at(order.due_at, closing, calendars.current())


def lateness(order: Referral, moment: datetime) -> str:
    """none, due_soon, overdue or long_overdue: from the calendar and the pauses."""
    if order.due_at is None or order.served_at is None or order.state not in ("sent", "working"):
        return "none"
    return str(deadlines.late(order.due_at, moment, calendars.current(), closing=closing_term(order),
                              paused_since=stands_since(order)))


def has_natural_clock(code: str, moment: datetime) -> bool:
    """Whether an SLA class runs day and night (E, U)."""
    return lookup.sla(code, clock.local(moment).date()).clock is Clock.NATURAL


@dataclass(frozen=True, slots=True)
class DueStep:
    """One change of a due date: never edited in place, always a new version with reason and approver (R35)."""

    at: datetime
    before: datetime | None
    after: datetime
    because: str
    command: str
    by: str


def ladder_base(order: Referral) -> datetime:
    """The date the reminders count from: the due date, later by typhoon stops that fell after it had passed (R43)."""
    assert order.due_at is not None
    base, calendar, unit = order.due_at, calendars.current(), closing_term(order).unit
    for stop in order.suspensions:
        if stop.ended_at is not None and stop.started_at > order.due_at:
            base = calendar.shift_by_pause(base, stop.started_at, stop.ended_at, unit).at
    return base


def due_history(order: Referral) -> list[DueStep]:
    """Every due date the order had, oldest first; the first one is that of its service."""
    changed = Event.payload["due"].label("due")
    rows = db.session.execute(select(Event.at, Event.command, Event.actor_name, changed).where(
        Event.machine == "referral", Event.object_id == order.id, Event.payload.has_key("due")).order_by(Event.id))
    return [DueStep(row.at, datetime.fromisoformat(row.due["from"]) if row.due.get("from") else None,
                    datetime.fromisoformat(row.due["to"]), row.due.get("because", ""), row.command, row.actor_name)
            for row in rows]
