"""What the clock and the post could not do: for the duty editor to see, and for whoever mends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from civic.cases.waiting import STUCK
from civic.kit import clock
from civic.models import Outbox, Timer, db
from civic.workflow import tables

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that did not happen: what, since when, and what was said."""

    what: str
    since: datetime
    tries: int
    error: str


def timers() -> list[Trouble]:
    """Timers long past their moment, the oldest first."""
    notes = {(machine.name, spec.name): spec.note for machine in tables.MACHINES.values()
             for specs in (*machine.timers.values(), *(move.timers for move in machine.moves)) for spec in specs}
    rows = db.session.scalars(select(Timer).where(
        Timer.fired_at.is_(None), Timer.cancelled_at.is_(None), Timer.due_at < clock.now() - STUCK)
        .order_by(Timer.due_at).limit(SHOWN))
    return [Trouble(f"{tables.MACHINES[row.machine].label} · {notes.get((row.machine, row.name)) or row.name}",
                    row.due_at, row.tries, row.error or "") for row in rows]


def dead_letters() -> list[Trouble]:
    """Messages given up on, the oldest first. Recipients are names of roles and ids, never contact data."""
    rows = db.session.scalars(select(Outbox).where(Outbox.state == "dead").order_by(Outbox.created_at).limit(SHOWN))
    return [Trouble(f"{row.template or row.recipient} → {row.recipient}", row.created_at, row.tries, row.error or "")
            for row in rows]
