"""How the machine is: database, migration, queue lag, dead letters, timers, calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, text

from civic.kit import clock
from civic.models import Outbox, Timer, db
from civic.reference import calendars, routing

ALARM_AFTER = timedelta(minutes=5)
"""The oldest unsent message or unfired timer may be this old before it is an alarm (R6)."""


@dataclass(frozen=True, slots=True)
class Health:
    """`lag` and `late_timers` are ages of the oldest thing undone; `dead` needs a person."""

    migration: str
    lag: timedelta
    waiting: int
    dead: int
    late_timers: timedelta
    calendar: str
    broken_rules: tuple[str, ...] = ()
    """Routing rules that are switched on and do not work any more: the machine runs, but somebody has to mend them."""

    @property
    def ok(self) -> bool:
        return self.lag < ALARM_AFTER and self.late_timers < ALARM_AFTER and self.calendar != "error" and not self.dead


def look() -> Health:
    """Reads everything from the database; an unreachable database raises OperationalError."""
    moment = clock.now()
    waiting = Outbox.state.in_(("waiting", "queued"))
    oldest = db.session.scalar(select(func.min(Outbox.next_try_at)).where(waiting))
    timer = db.session.scalar(select(func.min(Timer.due_at)).where(Timer.fired_at.is_(None),
                                                                   Timer.cancelled_at.is_(None)))
    return Health(
        migration=str(db.session.scalar(text("SELECT version_num FROM alembic_version")) or ""),
        lag=max(moment - oldest, timedelta(0)) if oldest else timedelta(0),
        waiting=db.session.scalar(select(func.count()).select_from(Outbox).where(waiting)) or 0,
        dead=db.session.scalar(select(func.count()).select_from(Outbox).where(Outbox.state == "dead")) or 0,
        late_timers=max(moment - timer, timedelta(0)) if timer else timedelta(0),
        broken_rules=tuple(f"第 {rule.no} 条「{rule.name}」：{'；'.join(rule.broken)}" for rule in routing.troubles()),
        calendar=calendars.health(clock.local(moment).date(), calendars.current()),
    )


def dead_letters(limit: int = 100) -> list[Outbox]:
    """The newest messages that could not be sent."""
    return list(db.session.scalars(select(Outbox).where(Outbox.state == "dead").order_by(Outbox.created_at.desc())
                                   .limit(limit)))


def revive(outbox_id: object) -> None:
    """Gives a dead message another life."""
    row = db.session.get(Outbox, outbox_id)
    if row is not None and row.state == "dead":
        row.state, row.tries, row.next_try_at = "waiting", 0, clock.now()
