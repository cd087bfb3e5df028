"""A due date day by day: the table and the calendar never disagree, whatever holiday lies between."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from civic.kit.clock import TZ
from civic.workflow import explain
from civic.workflow.calendar import Term, Unit
from civic.workflow.deadlines import Pause, effective_due
from civic.workflow.explain import Still
from tests.calendars import CALENDAR, at

MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 11, 30)).map(lambda moment: moment.replace(tzinfo=TZ))  # noqa: DTZ001


@settings(max_examples=200, deadline=None)
@given(MOMENTS, st.integers(1, 20))
def test_working_days_are_counted_up_to_the_due_day_and_no_further(start, amount):
    term = Term(amount, Unit.WORK_DAYS)
    due = CALENDAR.add(start, term).at
    table = explain.days(CALENDAR, start, due, term)
    assert table.total == amount and not any(day.more for day in table.days)
    last = table.days[-1]
    assert last.due and last.number == amount and last.day == CALENDAR.local_day(due)
    assert table.days[0].kind == "received" and table.days[0].number == 0


@settings(max_examples=200, deadline=None)
@given(MOMENTS, st.integers(3, 10), st.integers(0, 2), st.integers(0, 12))
def test_a_pause_takes_its_working_days_out_of_the_count(start, amount, after, length):
    term = Term(amount, Unit.WORK_DAYS)
    original = CALENDAR.add(start, term)
    begin = start + timedelta(days=after, hours=1)
    end = begin + timedelta(days=length)
    if begin > original.at:
        return
    due = effective_due(original, Unit.WORK_DAYS, [Pause(begin, end)], [], CALENDAR, end).at
    stood = min(end, CALENDAR.add(begin, Term(5, Unit.WORK_DAYS)).at)  # R03: at most five working days
    table = explain.days(CALENDAR, start, due, term, [Still(begin, stood)])
    assert table.total == amount and table.days[-1].number == amount


@settings(max_examples=100, deadline=None)
@given(MOMENTS, st.sampled_from(["4wh", "2wh", "30min", "24h", "2h"]))
def test_the_hours_of_a_term_of_hours_add_up(start, text):
    term = Term.parse(text)
    due = CALENDAR.add(start, term).at
    table = explain.days(CALENDAR, start, due, term)
    wanted = {"4wh": 4, "2wh": 2, "30min": 0.5, "24h": 24, "2h": 2}[text]
    assert abs(sum(day.hours for day in table.days) - wanted) < 1e-6


def test_the_national_day_of_2026_as_people_see_it():
    start = at("2026-09-28 09:00")
    term = Term.parse("5wd")
    table = explain.days(CALENDAR, start, CALENDAR.add(start, term).at, term)
    seen = [(day.day.isoformat()[5:], day.kind, day.number) for day in table.days]
    assert seen[0] == ("09-28", "received", 0) and seen[-1] == ("10-10", "makeup", 5)
    assert [kind for day, kind, _ in seen if "10-01" <= day <= "10-07"] == ["holiday"] * 7
    assert all(day.label for day in table.days if day.kind == "holiday")


def test_a_day_off_inside_a_pause_is_still_a_day_off_and_an_extension_is_marked():
    start, term = at("2026-09-28 09:00"), Term.parse("5wd")
    table = explain.days(CALENDAR, start, at("2026-10-16 17:00"), term, [Still(at("2026-09-30 16:00"), at("2026-10-09 10:00"))])
    kinds = {day.day: day.kind for day in table.days}
    assert kinds[date(2026, 10, 3)] == "holiday" and kinds[date(2026, 10, 8)] == "paused"
    assert table.total == 8 and [day.number for day in table.days if day.more] == [6, 7, 8]


def test_a_year_nobody_announced_is_marked_and_a_very_long_term_is_cut():
    table = explain.days(CALENDAR, at("2026-12-29 09:00"), at("2027-01-06 17:00"), Term.parse("5wd"))
    assert table.provisional and not table.days[0].provisional
    assert explain.days(CALENDAR, at("2024-01-02 09:00"), at("2026-01-02 09:00"), Term.parse("5wd")).cut
