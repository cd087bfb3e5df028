"""The moving clock: lives wait in a heap for their next moment, and between them the due timers fire as they would."""

from __future__ import annotations

import heapq
import logging
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from random import Random

from sqlalchemy import func, select

from civic.cases import promises
from civic.demo.album import Album
from civic.demo.people import Cast
from civic.demo.texts import Texts
from civic.jobs import sweeper
from civic.kit import clock
from civic.kit.result import DomainError
from civic.models import Timer, db
from civic.reference import calendars, locate, lookup
from civic.workflow.calendar import WorkCalendar

log = logging.getLogger("civic.demo")
Steps = Generator[datetime, None, None]
"""A life: it says when it wants to go on, and moves when it is resumed at that moment."""
WAITING = select(func.min(Timer.due_at)).where(Timer.fired_at.is_(None), Timer.cancelled_at.is_(None))
BATCH = 40
"""Steps a transaction."""


class Ends(Exception):
    """This life stops here, as it was meant to."""


@dataclass(slots=True)
class World:
    """Everything the lives share."""

    end: datetime
    rng: Random
    texts: Texts
    cast: Cast
    album: Album = field(default_factory=Album)
    troubles: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    named: dict[str, object] = field(default_factory=dict)
    kept: list[object] = field(default_factory=list)
    """People and squads stay in the session as long as the world."""
    _heap: list[tuple[datetime, int, str, Steps]] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)
    _day: date | None = None

    @property
    def calendar(self) -> WorkCalendar:
        return calendars.current()

    def spawn(self, moment: datetime, name: str, steps: Steps) -> None:
        """Starts a life (or a strand of one) at a moment."""
        heapq.heappush(self._heap, (moment, next(self._order), name, steps))

    def run(self, progress: Callable[[datetime], object] = lambda _: None) -> None:
        """Lives until now. What would come later does not happen; every timer due by now has fired."""
        while self._heap and self._heap[0][0] <= self.end:
            moment, _, name, steps = heapq.heappop(self._heap)
            self._until(moment)
            self._step(moment, name, steps)
            if not self.counts["steps"] % BATCH:
                db.session.commit()
                progress(moment)
        for *_, steps in self._heap:
            steps.close()
        self._heap.clear()
        self._until(self.end)
        db.session.commit()
        progress(self.end)

    def _step(self, moment: datetime, name: str, steps: Steps) -> None:
        self.counts["steps"] += 1
        try:
            with clock.at(moment):
                wanted = next(steps)
        except (StopIteration, Ends):
            return
        except DomainError as error:
            words = getattr(error, "errors", None) or getattr(error, "reasons", None) or error.message
            self.troubles.append(f"{name} {clock.local(moment):%Y-%m-%d %H:%M}: {words}")
            db.session.expire_all()
            return
        self.spawn(wanted, name, steps)

    def _until(self, moment: datetime) -> None:
        """Fires what is due up to a moment, each at its own time, with the same hands that do it in earnest."""
        day = clock.local(moment).date()
        fresh = day != self._day
        if fresh:
            self._day = day
            with clock.at(moment):
                sweeper.end_holds()
        while (due := db.session.scalar(WAITING)) is not None and due <= moment:
            db.session.commit()
            with clock.at(due):
                self.counts["timers"] += sweeper.sweep(limit=1)  # one: looking for another in vain rolls back
        if fresh:
            with clock.at(moment):
                promises.break_due()

    # -- places -------------------------------------------------------------------------------------------------------

    def village(self, town: str) -> tuple[str | None, str]:
        """A village or community of a town: its code and its name as people say it."""
        rows = lookup.villages(town)
        if not rows:
            return None, lookup.town_name(town)
        row = self.rng.choice(rows)
        return row.code, row.name.replace("村委会", "村").replace("居委会", "居")

    def spot(self, town: str) -> tuple[float, float] | None:
        """A point not far from a town's centre, inside the county."""
        row = lookup.town(town)
        if row is None or row.lng is None or row.lat is None:
            return None
        for _ in range(20):
            lng, lat = self.rng.gauss(row.lng, 0.011), self.rng.gauss(row.lat, 0.009)
            if locate.inside(lng, lat):
                return round(lng, 5), round(lat, 5)
        return row.lng, row.lat

    # -- hours --------------------------------------------------------------------------------------------------------

    def back(self, working_days: int, hour: int = 10, minute: int = 0) -> datetime:
        """A wall-clock time that many working days ago (0: the last working day that is not in the future)."""
        day = clock.local(self.end).date()
        if not self.calendar.is_workday(day):
            day = self.calendar.previous_workday(day)
        for _ in range(working_days):
            day = self.calendar.previous_workday(day)
        naive = datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 - a wall clock, made aware below
        return clock.from_local(naive)

    def ago(self, **delta: float) -> datetime:
        return self.end - timedelta(**delta)
