"""Working days, office hours and terms: how a due date is counted.

Pure: the days, the announced years and the office hours come in as data (``civic.reference.calendars`` loads them).
Rules: governance reference, section 8. The day of receipt is day 0; N working days end at the end of the Nth working
day; work-hour terms run inside office hours; minutes and hours run on the natural clock; a date reckoned through a year
whose holiday notice is not out yet is *provisional*.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from civic.kit.clock import TZ

ONE_DAY: Final = timedelta(days=1)
# A calendar without one working day in this many days is broken data, not a long holiday.
LONGEST_REST: Final = 60


class Unit(StrEnum):
    """What a term is counted in."""

    MINUTES = "min"
    HOURS = "h"
    WORK_HOURS = "wh"
    WORK_DAYS = "wd"
    NATURAL_DAYS = "nd"


UNIT_WORDS: Final[Mapping[Unit, str]] = {
    Unit.MINUTES: "%(n)d 分钟",
    Unit.HOURS: "%(n)d 小时",
    Unit.WORK_HOURS: "%(n)d 个工作小时",
    Unit.WORK_DAYS: "%(n)d 个工作日",
    Unit.NATURAL_DAYS: "%(n)d 日",
}

_TERM = re.compile(r"\s*(\d{1,5})\s*(min|h|wh|wd|nd)\s*")


class CalendarError(ValueError):
    """The calendar data or the question put to it makes no sense."""


@dataclass(frozen=True, slots=True)
class Term:
    """A length of time in one unit, such as five working days."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise CalendarError(f"a term cannot be negative: {self.amount}{self.unit}")

    @classmethod
    def parse(cls, text: str) -> Term:
        """Read ``"4wh"``, ``"30min"``, ``"5wd"``; CalendarError for anything else."""
        found = _TERM.fullmatch(text)
        if found is None:
            raise CalendarError(f"not a term: {text!r} (expected e.g. 30min, 2h, 4wh, 5wd, 60nd)")
        return cls(int(found[1]), Unit(found[2]))

    def __str__(self) -> str:
        return f"{self.amount}{self.unit.value}"

    @property
    def natural(self) -> bool:
        """True when nights and holidays count (the 7×24 clock)."""
        return self.unit in (Unit.MINUTES, Unit.HOURS)

    @property
    def words(self) -> str:
        """The term in Chinese, for people."""
        return UNIT_WORDS[self.unit] % {"n": self.amount}


Period = tuple[time, time]


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Opening periods by season; ``summer_from``/``summer_to`` are (month, day), both included, None = no summer."""

    winter: tuple[Period, ...] = ((time(8, 30), time(12)), (time(14), time(17)))
    summer: tuple[Period, ...] = ((time(8, 30), time(12)), (time(14, 30), time(17, 30)))
    summer_from: tuple[int, int] | None = None
    summer_to: tuple[int, int] | None = None
    end_of_day: time = time(17)

    def __post_init__(self) -> None:
        for periods in (self.winter, self.summer):
            edges = [edge for period in periods for edge in period]
            if not edges or any(a >= b for a, b in itertools.pairwise(edges)):
                raise CalendarError("office hours must be non-empty, in order and must not overlap")
        if (self.summer_from is None) != (self.summer_to is None):
            raise CalendarError("summer hours need both a first and a last day")

    def is_summer(self, day: date) -> bool:
        """Whether the summer timetable holds on this day (the range may run over the new year)."""
        if self.summer_from is None or self.summer_to is None:
            return False
        at = (day.month, day.day)
        if self.summer_from <= self.summer_to:
            return self.summer_from <= at <= self.summer_to
        return at >= self.summer_from or at <= self.summer_to

    def periods(self, day: date) -> tuple[Period, ...]:
        """The opening periods that hold on a working day."""
        return self.summer if self.is_summer(day) else self.winter


@dataclass(frozen=True, slots=True)
class Day:
    """One announced day that differs from the plain week, or carries a name."""

    is_workday: bool
    label: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """An instant (aware UTC), and whether a missing holiday notice may still move it."""

    at: datetime
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day of an explained count. ``why`` is a code: received, natural, workday, makeup, weekend, holiday."""

    day: date
    counted: bool
    why: str
    label: str = ""
    total: int = 0
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left until a due time; every number is negative once it has passed."""

    natural: timedelta
    work: timedelta
    working_days: int

    @property
    def overdue(self) -> bool:
        return self.natural < timedelta(0)


@dataclass(frozen=True)
class WorkCalendar:
    """The working calendar of a place.

    ``days`` holds announced exceptions; ``published`` the years whose notice is out; ``statutory`` the holidays fixed
    by law, used only in years not published. ``roll_natural_days``: a natural-day term ending on a rest day ends on the
    next working day (the usual rule for administrative periods).
    """

    days: Mapping[date, Day] = field(default_factory=dict)
    published: frozenset[int] = frozenset()
    statutory: Mapping[date, str] = field(default_factory=dict)
    hours: OfficeHours = field(default_factory=OfficeHours)
    tz: tzinfo = TZ
    roll_natural_days: bool = True

    # -- days ---------------------------------------------------------------------------------------------------------

    def is_workday(self, day: date) -> bool:
        """Whether offices work on this day, as far as is known."""
        known = self.days.get(day)
        if known is not None:
            return known.is_workday
        if day.year not in self.published and day in self.statutory:
            return False
        return day.weekday() < 5

    def is_provisional(self, day: date) -> bool:
        """Whether the holiday notice of this day's year is still missing."""
        return day.year not in self.published

    def why(self, day: date) -> tuple[str, str]:
        """A reason code (workday, makeup, weekend, holiday) and the holiday's name if it has one."""
        known = self.days.get(day)
        label = known.label if known else self.statutory.get(day, "") if self.is_provisional(day) else ""
        if self.is_workday(day):
            return ("makeup" if day.weekday() >= 5 else "workday"), label
        return ("holiday" if label or day.weekday() < 5 else "weekend"), label

    def next_workday(self, day: date) -> date:
        """The first working day after this one."""
        return self._step(day, ONE_DAY)

    def previous_workday(self, day: date) -> date:
        """The last working day before this one."""
        return self._step(day, -ONE_DAY)

    def _step(self, day: date, step: timedelta) -> date:
        for _ in range(LONGEST_REST):
            day += step
            if self.is_workday(day):
                return day
        raise CalendarError(f"no working day within {LONGEST_REST} days of {day}")

    def working_days_between(self, first: date, last: date) -> int:
        """Working days after ``first`` up to and including ``last``; negative when ``last`` is earlier."""
        if last < first:
            return -self.working_days_between(last, first)
        return sum(self.is_workday(day) for day in _days(first + ONE_DAY, last))

    # -- instants -----------------------------------------------------------------------------------------------------

    def local_day(self, at: datetime) -> date:
        """The date on the wall where the office stands."""
        return self._local(at).date()

    def opening(self, day: date) -> datetime:
        """When the office opens on this day (aware UTC)."""
        return self._at(day, self.hours.periods(day)[0][0])

    def end_of(self, day: date) -> datetime:
        """When the day ends for day-counted terms (aware UTC)."""
        return self._at(day, self.hours.end_of_day)

    def at(self, day: date, clock: time) -> datetime:
        """A wall-clock time of this place as aware UTC."""
        return self._at(day, clock)

    def is_open(self, at: datetime) -> bool:
        """Whether an instant falls within office hours, both edges included."""
        here = self._local(at)
        return self.is_workday(here.date()) and any(
            start <= here.time() <= end for start, end in self.hours.periods(here.date())
        )

    def add(self, start: datetime, term: Term) -> Due:
        """When a term that starts at ``start`` (aware) ends."""
        if term.natural:
            unit = timedelta(minutes=1) if term.unit is Unit.MINUTES else timedelta(hours=1)
            return Due(self._utc(start) + term.amount * unit)
        if term.unit is Unit.WORK_HOURS:
            return self.add_work_time(start, timedelta(hours=term.amount))
        first = self.local_day(start)
        last = self._last_day(first, term)
        return Due(max(self.end_of(last), self._utc(start)), self._touches(first, last))

    def _last_day(self, day: date, term: Term) -> date:
        if term.unit is Unit.NATURAL_DAYS:
            day += timedelta(days=term.amount)
            return day if self.is_workday(day) or not self.roll_natural_days else self.next_workday(day)
        for _ in range(term.amount):
            day = self.next_workday(day)
        return day

    def back(self, due: datetime, working_days: int) -> date:
        """The working day that many working days before the day of ``due``."""
        day = self.local_day(due)
        for _ in range(working_days):
            day = self.previous_workday(day)
        return day

    def add_work_time(self, start: datetime, amount: timedelta) -> Due:
        """When that much office time has run since ``start``; zero gives the first office moment at or after it."""
        here = self._local(start)
        first = day = here.date()
        left = amount
        for _ in range(LONGEST_REST + int(amount / timedelta(hours=1)) * LONGEST_REST):
            if self.is_workday(day):
                for opens, closes in self._spans(day):
                    begin = max(opens, self._utc(start))
                    if begin > closes or (begin == closes and left > timedelta(0)):
                        continue
                    if left <= closes - begin:
                        return Due(begin + left, self._touches(first, day))
                    left -= closes - begin
            day += ONE_DAY
        raise CalendarError(f"no end found for {amount} of office time after {start}")

    def work_time_between(self, start: datetime, end: datetime) -> timedelta:
        """Office time between two instants; negative when ``end`` is earlier."""
        begin, finish = self._utc(start), self._utc(end)
        if finish < begin:
            return -self.work_time_between(end, start)
        total = timedelta(0)
        for day in _days(self.local_day(begin), self.local_day(finish)):
            if self.is_workday(day):
                for opens, closes in self._spans(day):
                    total += max(timedelta(0), min(closes, finish) - max(opens, begin))
        return total

    def remaining(self, now: datetime, due: datetime) -> Remaining:
        """What is left: on the natural clock, in office time, and in working days (0 = due today)."""
        days = self.working_days_between(self.local_day(now), self.local_day(due))
        return Remaining(due - now, self.work_time_between(now, due), days)

    def next_working_day_at(self, now: datetime, clock: time) -> Due:
        """A fixed time on the next working day (the express line after a broadcast: 09:00)."""
        today = self.local_day(now)
        day = self.next_workday(today)
        return Due(self._at(day, clock), self._touches(today, day))

    def shift_by_pause(self, due: datetime, start: datetime, end: datetime, unit: Unit) -> Due:
        """Move a due time by a pause, in the unit its term was counted in.

        Day-counted terms move by the working (or natural) days after the day the pause began up to the day it ended, so
        a pause opened and answered the same day moves nothing; hour-counted terms move by the time that ran.
        """
        if end <= start:
            return Due(self._utc(due))
        if unit in (Unit.MINUTES, Unit.HOURS):
            return Due(self._utc(due) + (end - start))
        if unit is Unit.WORK_HOURS:
            return self._shift_work_time(due, self.work_time_between(start, end))
        if unit is Unit.WORK_DAYS:
            days = self.working_days_between(self.local_day(start), self.local_day(end))
        else:
            days = (self.local_day(end) - self.local_day(start)).days
        return self.add(due, Term(days, unit)) if days else Due(self._utc(due))

    def _shift_work_time(self, due: datetime, amount: timedelta) -> Due:
        return self.add_work_time(due, amount) if amount else Due(self._utc(due))

    # -- explanation --------------------------------------------------------------------------------------------------

    def explain(self, start: datetime, term: Term) -> list[DayRow]:
        """Every day from receipt to due date: whether it counted, and why or why not."""
        first = self.local_day(start)
        due = self.add(start, term).at
        last = self.local_day(due)
        rows: list[DayRow] = []
        total = 0
        for day in _days(first, last):
            why, label = self.why(day)
            if term.natural or term.unit is Unit.NATURAL_DAYS:
                # On these clocks a holiday counts like any other day.
                counted = day > first and (term.natural or (day - first).days <= term.amount)
                why = "natural" if counted else why
            elif term.unit is Unit.WORK_HOURS:
                begin, end = self._at(day, time.min), self._at(day + ONE_DAY, time.min)
                counted = self.work_time_between(max(begin, start), min(end, due)) > timedelta(0)
            else:
                counted = day > first and self.is_workday(day)
            total += counted
            if day == first and not counted:
                why = "received"
            rows.append(DayRow(day, counted, why, label, total, self.is_provisional(day)))
        return rows

    # -- small print --------------------------------------------------------------------------------------------------

    def _spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        for opens, closes in self.hours.periods(day):
            yield self._at(day, opens), self._at(day, closes)

    def _touches(self, first: date, last: date) -> bool:
        """A date is provisional when any year it was counted through is not announced."""
        return any(year not in self.published for year in range(first.year, last.year + 1))

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.tz).astimezone(UTC)

    def _local(self, at: datetime) -> datetime:
        if at.tzinfo is None:
            raise CalendarError("a due date needs an aware datetime")
        return at.astimezone(self.tz)

    @staticmethod
    def _utc(at: datetime) -> datetime:
        if at.tzinfo is None:
            raise CalendarError("a due date needs an aware datetime")
        return at.astimezone(UTC)


def _days(first: date, last: date) -> Iterator[date]:
    """Every day from ``first`` to ``last``, both included."""
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)
