"""A due date day by day: which days counted, as which of how many, and why the others did not. Pure.

What a person asks who finds a date too late or too early. Every table ends on the day of the due date, and for terms
of working days the last counted day is that day (a test counts thousands of them).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from civic.workflow.calendar import ONE_DAY, Term, Unit, WorkCalendar

LONGEST = 400
"""Days a table shows at most; longer than any term of the law with its extension."""
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Still:
    """A time the clock stood still: a pause (`paused`) or the typhoon mode (`stopped`, with its name)."""

    start: datetime
    end: datetime
    kind: str = "paused"
    name: str = ""


@dataclass(frozen=True, slots=True)
class ClockDay:
    """One day. `kind`: received, workday, makeup, weekend, holiday, paused, stopped, natural.

    `number` is which counted day it is, 0 for one that does not count; `spans` are the counted times of a term of hours.
    """

    day: date
    kind: str
    number: int = 0
    label: str = ""
    more: bool = False
    """Counted beyond the term it began with: the days an extension gave."""
    spans: tuple[Span, ...] = ()
    provisional: bool = False
    due: bool = False

    @property
    def hours(self) -> float:
        """Counted hours of a term of hours."""
        return sum((end - start for start, end in self.spans), timedelta()) / timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Table:
    """The days of one due date, and of how many counted days it is."""

    days: tuple[ClockDay, ...]
    total: int
    cut: bool = False

    @property
    def provisional(self) -> bool:
        return any(day.provisional for day in self.days)


def days(calendar: WorkCalendar, start: datetime, due: datetime, term: Term, still: Sequence[Still] = ()) -> Table:
    """Every day from the start of a clock to its due date."""
    first, last = calendar.local_day(start), calendar.local_day(due)
    cut = (last - first).days > LONGEST
    found: list[ClockDay] = []
    number = 0
    for offset in range(min((last - first).days, LONGEST) + 1):
        day = first + timedelta(days=offset)
        row = _day(calendar, day, first, start, due, term, still)
        if row.number:
            number += 1
            row = replace(row, number=number, more=_counts_days(term) and number > term.amount)
        found.append(replace(row, due=day == last, provisional=calendar.is_provisional(day)))
    return Table(tuple(found), number, cut)


def _counts_days(term: Term) -> bool:
    return term.unit in (Unit.WORK_DAYS, Unit.NATURAL_DAYS)


def _day(calendar: WorkCalendar, day: date, first: date, start: datetime, due: datetime, term: Term,
         still: Sequence[Still]) -> ClockDay:
    """One day by itself; `number` is 1 when it counts."""
    why, label = calendar.why(day)
    if not _counts_days(term):
        return _hours(calendar, day, start, due, term, still, why, label)
    if day == first:
        return ClockDay(day, "received", label=label)
    stands = next((one for one in still if calendar.local_day(one.start) < day <= calendar.local_day(one.end)), None)
    off = term.unit is Unit.WORK_DAYS and not calendar.is_workday(day)
    if stands is not None and not off:  # a day off counts for nobody, paused or not
        return ClockDay(day, stands.kind, label=stands.name or label)
    if term.unit is Unit.NATURAL_DAYS:
        return ClockDay(day, "natural", 1, label)
    return ClockDay(day, why, int(calendar.is_workday(day)), label)


def _hours(calendar: WorkCalendar, day: date, start: datetime, due: datetime, term: Term, still: Sequence[Still],
           why: str, label: str) -> ClockDay:
    """A day of a clock of hours: its counted times, office hours where only those count."""
    midnight, next_one = calendar.at(day, time.min), calendar.at(day + ONE_DAY, time.min)
    if term.natural:
        open_spans: list[Span] = [(midnight, next_one)]
    elif calendar.is_workday(day):
        open_spans = [(calendar.at(day, opens), calendar.at(day, closes)) for opens, closes in calendar.hours.periods(day)]
    else:
        open_spans = []
    spans = [(max(begin, start), min(end, due)) for begin, end in open_spans]
    for one in still:
        spans = [part for begin, end in spans for part in ((begin, min(end, one.start)), (max(begin, one.end), end))]
    counted = tuple(span for span in spans if span[0] < span[1])
    kind = "natural" if term.natural else why
    return ClockDay(day, kind, int(bool(counted)), label, spans=counted)
