"""What stands beside the due date of an order: its other clocks, and the typhoon stop that moves the date (R43, R35)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from civic import ledger
from civic.kit import clock
from civic.ledger import clocks
from civic.models import OrderClock, Referral, Suspension, TyphoonMode, db
from civic.reference import calendars, emergency, lookup
from civic.workflow.calendar import Due, Term
from civic.workflow.deadlines import Deadlines
from civic.workflow.supervision import LIVE

Span = tuple[datetime, datetime]


def begin(order: Referral, moment: datetime, dates: Deadlines) -> None:
    """The clocks that start when an order is served: first contact, control measure (E), interim reports (S1, S2)."""
    sla = lookup.sla(order.sla, clock.local(moment).date())
    _clock(order, "contact", str(sla.contact), moment, dates.contact_due)
    if dates.control_due is not None and sla.control is not None:
        _clock(order, "control", str(sla.control), moment, dates.control_due)
    if sla.interim_every is not None:
        _clock(order, "interim", str(sla.interim_every), moment, calendars.current().add(moment, sla.interim_every).at)
    stand(order, moment)


def _clock(order: Referral, kind: str, term: str, moment: datetime, due: datetime) -> None:
    if any(row.kind == kind for row in order.clock_rows):
        return
    order.clock_rows.append(ledger.new(OrderClock, referral_id=order.id, kind=kind, number=1, term=term, started_at=moment,
                                       original_due_at=due, due_at=due, because="", met_at=None))


def answered(order: Referral, moment: datetime) -> None:
    """An answer is the first contact too, and there is nothing to report any more."""
    for row in order.clock_rows:
        if row.met_at is None:
            row.met_at = moment


# -- the typhoon stop -------------------------------------------------------------------------------------------------


def stand(order: Referral, moment: datetime) -> None:
    """Stops the clock of an order that is no emergency while the mode runs. Does nothing when it stands already."""
    mode = emergency.current()
    if mode is None or clocks.urgent(order) or clocks.running_stop(order) is not None:
        return
    order.suspensions.append(ledger.new(Suspension, referral_id=order.id, mode_id=mode.id, ended_at=None,
                                        started_at=max(moment, mode.started_at)))


@dataclass(frozen=True, slots=True)
class Ended:
    """A stop that ended: the due date it gives (None when it moves none), the words for it, and what the log keeps."""

    due: Due | None
    words: str
    log: dict[str, Any]


def end(order: Referral, moment: datetime) -> Ended | None:
    """Ends the running stop and says where the dates go: «因台风应急…». A date that had passed before moves nowhere."""
    stop = clocks.running_stop(order)
    if stop is None:
        return None
    stop.ended_at = max(moment, stop.started_at)
    words = _words(stop)
    _move_clocks(order, stop, words)
    if order.due_at is None or stop.started_at > order.due_at:
        return Ended(None, words, _move_sign(order, stop, words))
    due, provisional = order.due_at, order.provisional
    unit, calendar = clocks.closing_term(order).unit, calendars.current()
    for start, finish in _free(order, stop):
        moved = calendar.shift_by_pause(due, start, finish, unit)
        due, provisional = moved.at, provisional or moved.provisional
    return Ended(Due(due, provisional) if due != order.due_at else None, words, {})


def _words(stop: Suspension) -> str:
    mode = db.session.scalar(select(TyphoonMode.name).where(TyphoonMode.id == stop.mode_id))
    first, last = clock.local(stop.started_at), clock.local(stop.ended_at or stop.started_at)
    until = f"至{last.month}月{last.day}日" if last.date() != first.date() else ""
    return f"{mode}，{first.month}月{first.day}日{until}停表"


def _free(order: Referral, stop: Suspension) -> list[Span]:
    """The parts of a stop no pause covers: what a pause moves is not moved twice."""
    assert stop.ended_at is not None
    spans: list[Span] = [(stop.started_at, stop.ended_at)]
    for pause in order.pauses:
        first, last = pause.started_at, pause.ended_at or stop.ended_at
        spans = [part for start, finish in spans for part in ((start, min(finish, first)), (max(start, last), finish))
                 if part[0] < part[1]]
    return spans


def _move_sign(order: Referral, stop: Suspension, words: str) -> dict[str, Any]:
    """An order not signed yet: the time to sign moves by the stop."""
    assert stop.ended_at is not None
    if order.due_at is not None or order.sign_due_at is None or stop.started_at > order.sign_due_at:
        return {}
    unit = lookup.sla(order.sla, clock.local(stop.started_at).date()).sign.unit
    before = order.sign_due_at
    order.sign_due_at = calendars.current().shift_by_pause(before, stop.started_at, stop.ended_at, unit).at
    return {"sign": {"from": before.isoformat(), "to": order.sign_due_at.isoformat(), "because": words}}


def _move_clocks(order: Referral, stop: Suspension, words: str) -> None:
    assert stop.ended_at is not None
    for row in order.clock_rows:
        if row.met_at is None and stop.started_at <= row.due_at:
            unit = Term.parse(row.term).unit
            moved = calendars.current().shift_by_pause(row.due_at, stop.started_at, stop.ended_at, unit).at
            if moved != row.due_at:
                row.due_at, row.because = moved, words


def close(order: Referral, moment: datetime) -> None:
    """An order that ends: its stop and its supervision end with it, and no date is moved any more."""
    stop = clocks.running_stop(order)
    if stop is not None:
        stop.ended_at = max(moment, stop.started_at)
    for row in order.supervisions:
        if row.state in LIVE:
            row.state, row.ended_at = "ended", moment


def stood(order: Referral, upto: datetime) -> timedelta:
    """How long the clock of an order stood still for typhoons, in all."""
    return sum((max((stop.ended_at or upto) - stop.started_at, timedelta()) for stop in order.suspensions), timedelta())
