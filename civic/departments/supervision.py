"""督办 (R18–R20): issued, answered by the unit apart from the order's own answer, judged, raised level by level.

Also what a unit reports while it works: first contact, control measures, progress. All through the door (`ledger`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from civic import ledger
from civic.access.actor import Actor
from civic.ledger import clocks, timers
from civic.models import OrderClock, Referral, Report, Supervision, db
from civic.reference import calendars
from civic.workflow import tables
from civic.workflow.calendar import Term
from civic.workflow.supervision import CLOCK, LEVELS

Data = Mapping[str, Any]
WANTED = "写明为什么没有按期办成、采取什么措施、哪一天办好；同时继续办理这张单。"
"""What the clock asks for where nobody wrote more."""
LATE_WORDS = "到期三个工作日没有答复"
UNANSWERED_WORDS = "督办到期没有答复"
TWICE_WORDS = "办了两次没有解决"


def issue(order: Referral, moment: datetime, *, level: int, by: Actor, why: str, text: str = "") -> Supervision:
    """Writes the row of a level with its own deadline in working days (hours where the order's clock runs at night)."""
    due = timers.due_at("referral.supervision", moment, urgent=clocks.closing_term(order).natural)
    row = ledger.new(
        Supervision, referral_id=order.id, level=level, issued_at=moment, issued_by=by.user_id, why=why,
        requirement=text.strip() or WANTED, original_due_at=due, due_at=due, state="open", answer="", measures="", note="",
        returns=0)
    order.supervisions.append(row)
    order.escalated_at = order.escalated_at or moment
    return row


def _kept(row: Supervision) -> dict[str, Any]:
    return {"level": row.level, "supervision_due": row.due_at.isoformat(), "why": row.why, "text": row.requirement}


def supervise(actor: Actor, order: Referral, data: Data | None = None, seen: int | None = None) -> Referral:
    """Issues the first level: by the clock three working days after the date, by hand by chief editor or supervisor."""
    given = dict(data or {})
    log: dict[str, Any] = {}

    def apply(moment: datetime) -> None:
        why = LATE_WORDS if actor.kind == "system" else "督办人决定"
        level = 2 if "supervisor" in actor.grants and "chief" not in actor.grants else 1
        log.update(_kept(issue(order, moment, level=level, by=actor, why=why, text=str(given.get("text") or ""))))
    ledger.perform(actor, "referral", order, "supervise", given, seen=seen, apply=apply, log=log)
    return order


def after_redo(actor: Actor, order: Referral, moment: datetime) -> dict[str, Any]:
    """R20, R23: unsolved after two handlings, the order is supervised, or goes up a level. Gives what the log keeps.

    Call it inside `apply` of the redo and `start_clock` after the move.
    """
    last = clocks.last_supervision(order)
    if last is not None and last.level >= max(LEVELS):
        return {}
    if last is not None and last.state in ("open", "answered", "returned"):
        last.state, last.ended_at = "raised", moment
        db.session.flush()
    row = issue(order, moment, level=last.level + 1 if last else 1, by=actor, why=TWICE_WORDS)
    return {"escalated": True, "supervision": _kept(row)}


def start_clock(order: Referral, moment: datetime) -> None:
    """Starts the timer of the supervision that runs, where the move that made it did not."""
    timers.cancel("referral", order.id, moment, [CLOCK.name])
    timers.start("referral", order, (CLOCK,), moment)


def answer_supervision(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """The unit's answer to the supervision: why, and what it does by when. Whoever issued it judges."""
    log: dict[str, Any] = {"measures": data.get("measures")}

    def apply(moment: datetime) -> None:
        row = clocks.live_supervision(order)
        assert row is not None  # the guard has looked
        row.state, row.answered_at, row.answered_by = "answered", moment, actor.user_id
        row.answer, row.measures = str(data["text"]).strip(), str(data["measures"]).strip()
        log.update(level=row.level, late=moment > row.due_at, text=row.answer)
        timers.cancel("referral", order.id, moment, [CLOCK.name])
    ledger.perform(actor, "referral", order, "answer_supervision", data, seen=seen, apply=apply, log=log)
    return order


def _judge(actor: Actor, row: Supervision, state: str, moment: datetime, note: str) -> None:
    row.state, row.decided_at, row.decided_by, row.note = state, moment, actor.user_id, note


def accept_supervision(actor: Actor, order: Referral, data: Data | None = None, seen: int | None = None) -> Referral:
    given = dict(data or {})
    log: dict[str, Any] = {"note": given.get("note") or ""}

    def apply(moment: datetime) -> None:
        row = clocks.live_supervision(order)
        assert row is not None
        _judge(actor, row, "accepted", moment, str(given.get("note") or ""))
        row.ended_at, log["level"] = moment, row.level
    ledger.perform(actor, "referral", order, "accept_supervision", given, seen=seen, apply=apply, log=log)
    return order


def return_supervision(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """Sends the answer back: the unit answers once more within the same term; the first date stays on record (R35)."""
    log: dict[str, Any] = {"reason": data.get("reason")}

    def apply(moment: datetime) -> None:
        row = clocks.live_supervision(order)
        assert row is not None
        _judge(actor, row, "returned", moment, str(data["reason"]))
        row.returns += 1
        row.due_at = timers.due_at("referral.supervision", moment, urgent=clocks.closing_term(order).natural)
        log.update(level=row.level, supervision_due=row.due_at.isoformat())
    ledger.perform(actor, "referral", order, "return_supervision", data, seen=seen, apply=apply, log=log)
    return order


def raise_supervision(actor: Actor, order: Referral, data: Data | None = None, seen: int | None = None) -> Referral:
    """R20 提级: the next level, another owner, a new deadline. Each level comes once."""
    given = dict(data or {})
    log: dict[str, Any] = {}

    def apply(moment: datetime) -> None:
        last = clocks.last_supervision(order)
        assert last is not None
        why = UNANSWERED_WORDS if last.state in ("open", "returned") and last.due_at <= moment else TWICE_WORDS
        if last.state in ("open", "answered", "returned"):
            last.state, last.ended_at = "raised", moment
        db.session.flush()  # the old level must be out of the way: only one may be live
        row = issue(order, moment, level=last.level + 1, by=actor, why=why, text=str(given.get("text") or ""))
        log.update(_kept(row), **{"from": last.level})
        timers.cancel("referral", order.id, moment, [CLOCK.name])
    ledger.perform(actor, "referral", order, "raise_supervision", given, seen=seen, apply=apply, log=log)
    return order


# -- what a unit reports while it works -------------------------------------------------------------------------------


def report(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """First contact, a control measure (E) or an interim report (S1, S2): meets the clock of its kind, opens the next."""
    log: dict[str, Any] = {"kind": data.get("kind"), "text": data.get("text")}

    def apply(moment: datetime) -> None:
        row = clocks.open_clock(order, data["kind"])
        late = row is not None and moment > row.due_at
        db.session.add(ledger.new(Report, referral_id=order.id, kind=data["kind"], reported_at=moment,
                                  reported_by=actor.user_id, text=str(data["text"]).strip(), late=late))
        log["late"] = late
        meet(order, data["kind"], moment)
    ledger.perform(actor, "referral", order, "report", data, seen=seen, apply=apply, log=log)
    return order


def meet(order: Referral, kind: str, moment: datetime) -> None:
    """The clock of that kind is met; an interim clock begins anew from here (every ten working days)."""
    row = clocks.open_clock(order, kind)
    if row is None:
        return
    row.met_at = moment
    timers.cancel("referral", order.id, moment, [kind])
    if kind == "interim":
        due = calendars.current().add(moment, Term.parse(row.term)).at
        order.clock_rows.append(ledger.new(
            OrderClock, referral_id=order.id, kind=kind, number=row.number + 1, term=row.term, started_at=moment,
            original_due_at=due, due_at=due, because="", met_at=None))
        specs = [spec for spec in tables.machine("referral").timers["working"] if spec.name == kind]
        timers.start("referral", order, specs, moment)


OPERATIONS: dict[str, Callable[..., Referral]] = {
    "supervise": supervise, "answer_supervision": answer_supervision, "accept_supervision": accept_supervision,
    "return_supervision": return_supervision, "raise_supervision": raise_supervision, "report": report,
}
"""Verbs on an order by command; `departments.operations` takes them in."""
