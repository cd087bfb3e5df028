"""The due date of an order: set when it is served, moved only with a reason that stays on record (R35)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from civic.departments import stops
from civic.kit import clock
from civic.ledger import clocks, timers
from civic.models import Case, Pause, Referral, db
from civic.reference import calendars, lookup
from civic.workflow import deadlines, tables
from civic.workflow.calendar import Due, Term

URGENT = {"urgent": "U", "emergency": "E"}
"""Urgency of a case → the class whose dates hold when they are earlier."""
ONE_DAY = Term.parse("1wd")
LIVE = ("sent", "working", "answered")
WORKING = tables.machine("referral").timers["working"]
SIGNING = [spec for spec in tables.machine("referral").timers["sent"] if spec.name == "serve"]
LADDER = tuple(spec for spec in WORKING if spec.name != "control")
"""What a pause silences; that a danger must be secured is not put off by a question."""


def sign_due(order: Referral, moment: datetime) -> datetime:
    """When an order sent now must be signed; after that it counts as signed (R13)."""
    calendar, on = calendars.current(), clock.local(moment).date()
    dues = [calendar.add(moment, lookup.sla(code, on).sign).at for code in _classes(order)]
    return min(dues)


def _classes(order: Referral) -> list[str]:
    urgency = db.session.get_one(Case, order.case_id).urgency
    return [order.sla, URGENT[urgency]] if urgency in URGENT else [order.sla]


def served(order: Referral, moment: datetime, *, deemed: bool = False) -> dict[str, Any]:
    """Serves the order: the clock of its class starts at `moment`. Gives what the log keeps of the new date.

    See `counted` for how the closing date comes about.
    """
    dates, due = counted(order, moment)
    order.served_at, order.deemed, order.term = moment, deemed, str(dates.closing)
    order.original_due_at = order.due_at = due.at
    order.provisional, order.due_reason = due.provisional, None
    stops.begin(order, moment, dates)
    return {"due": {"to": due.at.isoformat()}, "term": order.term, "provisional": due.provisional}


def counted(order: Referral, moment: datetime, several: bool | None = None,
            lead_due: datetime | None = None) -> tuple[deadlines.Deadlines, Due]:
    """The dates of an order served at `moment`, and its closing date.

    Several units make it a complex order (15 working days); a partner is due two working days before the lead (R12).
    A clock that began with another unit counts from there (R36), but leaves one working day; a day the dispatcher asked
    for holds when it is the earlier one. `several` and `lead_due` say what is not in the database yet (the preview).
    """
    calendar, on = calendars.current(), clock.local(moment).date()
    own, *urgency = (lookup.sla(code, on) for code in _classes(order))
    others = _others(order) if several is None else []
    more: dict[str, Any] = {"several_units": bool(others) if several is None else several,
                            "urgency": urgency[0] if urgency else None}
    dates = deadlines.deadlines_for(own, moment, calendar, **more)
    due = Due(dates.closing_due, dates.provisional)
    if order.clock_from is not None and order.clock_from < moment:
        first = deadlines.deadlines_for(own, order.clock_from, calendar, **more)
        due = Due(min(due.at, max(first.closing_due, calendar.add(moment, ONE_DAY).at)), first.provisional)
    if order.duty == "partner":
        lead = next((other for other in others if other.duty == "lead" and other.due_at), None)
        base = Due(lead.due_at, lead.provisional) if lead and lead.due_at else due
        due = Due(deadlines.partner_due(lead_due or base.at, moment, calendar), base.provisional)
    if order.wanted_on is not None:
        due = Due(min(due.at, max(end_of(order.wanted_on), moment)), due.provisional)
    return dates, due


def _others(order: Referral) -> list[Referral]:
    return list(db.session.scalars(select(Referral).where(
        Referral.case_id == order.case_id, Referral.round == order.round, Referral.id != order.id,
        Referral.state.in_(LIVE)).order_by(Referral.created_at)))


def move(order: Referral, due: Due, because: str) -> dict[str, Any]:
    """Gives the order another due date; the words are what the public reads. Returns what the log keeps."""
    kept = {"due": {"from": order.due_at.isoformat() if order.due_at else None, "to": due.at.isoformat(),
                    "because": because}}
    order.due_at, order.provisional, order.due_reason = due.at, due.provisional, because
    return kept


def because(order: Referral, words: str) -> str:
    """The reasons so far and this one, as one sentence."""
    said = (order.due_reason or "").rstrip("。；")
    return f"{said}；{words}" if said else words


def end_pause(order: Referral, moment: datetime) -> dict[str, Any]:
    """Ends the running pause and moves the due date by it. One that began when it was already late moves nothing."""
    pause = clocks.running_pause(order)
    if pause is None:
        return {}
    pause.ended_at = min(moment, pause.until)
    if order.due_at is None or pause.started_at > order.due_at:
        return {}
    calendar = calendars.current()
    moved = calendar.shift_by_pause(order.due_at, pause.started_at, pause.ended_at, clocks.closing_term(order).unit)
    if moved.at == order.due_at:
        return {}
    return move(order, Due(moved.at, order.provisional or moved.provisional), because(order, _pause_words(pause)))


def let_run(order: Referral, moment: datetime) -> dict[str, Any]:
    """Ends whatever the clock stands still for, a pause or a typhoon, and moves the due date by it once."""
    before, kept = order.due_at, end_pause(order, moment)
    ended = stops.end(order, moment)
    if ended is None:
        return kept
    kept.update(ended.log)
    if ended.due is not None:
        kept.update(move(order, ended.due, because(order, ended.words)))
        kept["due"]["from"] = before.isoformat() if before else None
    return kept


def end_stop(order: Referral, moment: datetime) -> dict[str, Any]:
    """Ends the typhoon stop alone (a running pause goes on) and moves the due date by it (R43, R35)."""
    ended = stops.end(order, moment)
    if ended is None:
        return {}
    return {**ended.log, **(move(order, ended.due, because(order, ended.words)) if ended.due else {})}


def close_pause(order: Referral, moment: datetime) -> None:
    """Ends the running pause of an order that ends: no date is moved any more. Its supervision ends with it."""
    stops.close(order, moment)
    pause = clocks.running_pause(order)
    if pause is not None:
        pause.ended_at = min(moment, pause.until)


def _pause_words(pause: Pause) -> str:
    first, last = clock.local(pause.started_at), clock.local(pause.ended_at or pause.until)
    return f"{first.month}月{first.day}日至{last.month}月{last.day}日等补充材料停表"


def redo(order: Referral, moment: datetime, term: str, reason: str) -> dict[str, Any]:
    """The new clock of an order handed back; the old date stays in the log and as the original one."""
    due = deadlines.redo_due(moment, calendars.current(), Term.parse(term))
    stops.stand(order, moment)
    return move(order, due, f"第 {order.redo_count} 次退回重办：{reason}")


def end_of(day: Any) -> datetime:
    """The last office moment of a day; for a day off that of the next working day."""
    calendar = calendars.current()
    return calendar.end_of(day if calendar.is_workday(day) else calendar.next_workday(day))


def restart_ladder(order: Referral, moment: datetime) -> None:
    """The reminders count from the new date."""
    timers.restart("referral", order, LADDER, moment)


def stop_ladder(order: Referral, moment: datetime) -> None:
    """No reminders while the clock stands still."""
    timers.cancel("referral", order.id, moment, [spec.name for spec in LADDER])
