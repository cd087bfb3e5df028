"""Timers: due moments as rows. Ending an object cancels its timers in the same transaction."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from civic.kit.ids import uuid7
from civic.ledger import clocks
from civic.models import Case, Coverage, Event, Publication, Referral, Timer, db
from civic.reference import calendars
from civic.workflow import deadlines, policy, publication
from civic.workflow.calendar import Term
from civic.workflow.machine import TimerSpec

ONLY_LATE = frozenset({"chase", "supervise", "circulate", "long_overdue"})
"""Rungs that still have to be climbed when they fell into a pause; a missed reminder is only noise."""


OWN_CLOCK = frozenset({"supervision"})
"""What a change of state does not stop: it has a deadline of its own (R19). Only the end of the object stops it."""


def cancel(machine: str, object_id: uuid.UUID, moment: datetime, names: Iterable[str] | None = None,
           keep: Iterable[str] = ()) -> None:
    """Stops everything that still waits for this object but `keep`, or only the timers of these names."""
    clauses = [Timer.machine == machine, Timer.object_id == object_id, Timer.fired_at.is_(None),
               Timer.cancelled_at.is_(None)]
    if names is not None:
        clauses.append(Timer.name.in_(list(names)))
    if kept := list(keep):
        clauses.append(Timer.name.not_in(kept))
    db.session.execute(update(Timer).where(*clauses).values(cancelled_at=moment))


def restart(machine: str, obj: Any, specs: Iterable[TimerSpec], moment: datetime) -> None:
    """Counts these timers anew after a date moved: what waits is cancelled, no rung is climbed twice (R18).

    A redo is another handling with a ladder of its own: what fired before it does not count.
    """
    wanted = tuple(specs)
    cancel(machine, obj.id, moment, [spec.name for spec in wanted])
    since = _handled_since(obj)
    clauses = [Timer.fired_at > since] if since else [Timer.fired_at.is_not(None)]
    fired = set(db.session.scalars(select(Timer.name).where(
        Timer.machine == machine, Timer.object_id == obj.id, *clauses)))
    start(machine, obj, wanted, moment, lambda name, due: name not in fired and (due > moment or name in ONLY_LATE))


def _handled_since(obj: Any) -> datetime | None:
    """When the present handling of an order began, where it is not the first."""
    if not isinstance(obj, Referral) or not obj.redo_count:
        return None
    return db.session.scalar(select(func.max(Event.at)).where(
        Event.machine == "referral", Event.object_id == obj.id, Event.command == "redo"))


def start(machine: str, obj: Any, specs: Iterable[TimerSpec], moment: datetime,
          wanted: Callable[[str, datetime], bool] = lambda _name, _due: True) -> None:
    """Writes the timers of the state just entered, counted from `moment`; of those only the wanted ones."""
    ladder: dict[str, datetime] | None = None
    for spec in specs:
        if spec.term.startswith("ladder:"):
            ladder = _ladder(obj) if ladder is None else ladder
            due = ladder.get(spec.term.removeprefix("ladder:"))
        elif spec.term.startswith("clock:"):
            row = clocks.open_clock(obj, spec.term.removeprefix("clock:"))
            due = row.due_at if row and clocks.running_stop(obj) is None else None
        elif isinstance(obj, Publication):
            due = publication.earliest(obj.not_before, _embargo(obj)) if obj.not_before else None
        elif spec.name == "supervision":
            own = clocks.live_supervision(obj)
            due = own.due_at if own else None
        elif isinstance(obj, Referral) and spec.name == "serve" and obj.sign_due_at:
            due = obj.sign_due_at if clocks.running_stop(obj) is None else None
        else:
            due = due_at(spec.term, moment, urgent=_urgent(machine, obj))
        if due is not None and wanted(spec.name, due):
            db.session.add(Timer(id=uuid7(), created_at=moment, machine=machine, object_id=obj.id, name=spec.name,
                                 effect=spec.effect, due_at=due))


def _embargo(item: Publication) -> datetime | None:
    return db.session.scalar(select(Case.embargo_until).join(Coverage, Coverage.case_id == Case.id).where(
        Coverage.id == item.coverage_id))


def rearm_releases(case: Case, moment: datetime) -> None:
    """After the embargo of a case moved: what is queued with a time waits for the later of the two, also a second time."""
    for item in db.session.scalars(select(Publication).join(Coverage, Coverage.id == Publication.coverage_id).where(
            Coverage.case_id == case.id, Publication.state == "queued")):
        cancel("publication", item.id, moment)
        start("publication", item, publication.MACHINE.timers["queued"], moment)


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
    if not order.due_at or not order.served_at or clocks.running_stop(order):
        return {}
    closing = clocks.closing_term(order)
    return {rung.code: rung.at for rung in deadlines.ladder(order.served_at, clocks.ladder_base(order), closing,
                                                            calendars.current())}
