"""The working calendar: the published vectors of the governance reference, section 8, and properties that must hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.kit.clock import TZ
from civic.workflow.calendar import CalendarError, Day, OfficeHours, Term, Unit, WorkCalendar
from tests.calendars import CALENDAR, SUMMER, at, local, shipped


@pytest.mark.parametrize(
    ("received", "days", "due"),
    [
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-13", 5, "2026-02-27"),
        ("2026-02-14", 1, "2026-02-24"),
        ("2026-02-12", 15, "2026-03-11"),
        ("2026-04-30", 5, "2026-05-11"),
        ("2026-05-08", 1, "2026-05-09"),
        ("2026-06-18", 1, "2026-06-22"),
        ("2026-09-18", 5, "2026-09-24"),
        ("2026-09-24", 7, "2026-10-12"),
        ("2026-09-30", 5, "2026-10-13"),
        ("2025-01-24", 5, "2025-02-07"),
        ("2025-09-26", 5, "2025-10-10"),
    ],
)
@pytest.mark.parametrize("hour", ["00:00", "10:00", "23:59"])
def test_working_day_vectors(received: str, days: int, due: str, hour: str) -> None:
    result = CALENDAR.add(at(f"{received} {hour}"), Term(days, Unit.WORK_DAYS))
    assert local(result.at) == f"{due} 17:00"
    assert not result.provisional
    assert result.at.tzinfo is UTC


def test_a_year_without_a_notice_is_provisional() -> None:
    due = CALENDAR.add(at("2026-12-31 10:00"), Term.parse("1wd"))
    assert due.provisional
    assert local(due.at) == "2027-01-04 17:00"  # 1 January is a statutory Friday off, then a weekend
    assert not CALENDAR.add(at("2026-12-30 10:00"), Term.parse("1wd")).provisional


@pytest.mark.parametrize(
    ("received", "hours", "winter", "summer"),
    [
        ("2026-09-18 16:30", 4, "2026-09-20 12:00", "2026-09-20 11:30"),
        ("2026-02-13 18:00", 2, "2026-02-14 10:30", "2026-02-14 10:30"),
        ("2026-09-30 16:50", 2, "2026-10-08 10:20", "2026-10-08 09:50"),
    ],
)
def test_work_hour_vectors(received: str, hours: int, winter: str, summer: str) -> None:
    term = Term(hours, Unit.WORK_HOURS)
    assert local(CALENDAR.add(at(received), term).at) == winter
    assert local(shipped(SUMMER).add(at(received), term).at) == summer


@pytest.mark.parametrize(("year", "workdays"), [(2024, 251), (2025, 248), (2026, 248)])
def test_workdays_of_a_year(year: int, workdays: int) -> None:
    assert CALENDAR.working_days_between(date(year - 1, 12, 31), date(year, 12, 31)) == workdays


def test_emergency_terms_run_day_and_night() -> None:
    start = at("2026-02-16 23:50")  # New Year's Eve
    assert local(CALENDAR.add(start, Term.parse("30min")).at) == "2026-02-17 00:20"
    due = CALENDAR.add(at("2026-12-31 23:00"), Term.parse("24h"))
    assert local(due.at) == "2027-01-01 23:00"
    assert not due.provisional, "no notice can move a natural-clock date"


def test_natural_days_roll_to_a_working_day() -> None:
    assert local(CALENDAR.add(at("2026-08-02 09:00"), Term.parse("60nd")).at) == "2026-10-08 17:00"
    strict = WorkCalendar(CALENDAR.days, CALENDAR.published, roll_natural_days=False)
    assert local(strict.add(at("2026-08-02 09:00"), Term.parse("60nd")).at) == "2026-10-01 17:00"


def test_leap_day_counts_when_it_is_worked() -> None:
    assert local(CALENDAR.add(at("2024-02-28 12:00"), Term.parse("1wd")).at) == "2024-02-29 17:00"
    assert local(CALENDAR.add(at("2024-02-29 12:00"), Term.parse("1wd")).at) == "2024-03-01 17:00"
    assert local(CALENDAR.add(at("2024-02-28 16:30"), Term.parse("1wh")).at) == "2024-02-29 09:00"
    assert local(CALENDAR.add(at("2024-02-28 12:00"), Term.parse("24h")).at) == "2024-02-29 12:00"


def test_day_zero_may_be_a_rest_day() -> None:
    assert local(CALENDAR.add(at("2026-02-21 03:00"), Term.parse("1wd")).at) == "2026-02-24 17:00"


def test_the_noon_break_belongs_to_nobody() -> None:
    assert local(CALENDAR.add(at("2026-03-02 11:00"), Term.parse("1wh")).at) == "2026-03-02 12:00"
    assert local(CALENDAR.add(at("2026-03-02 12:00"), Term.parse("1wh")).at) == "2026-03-02 15:00"
    assert local(CALENDAR.add(at("2026-03-02 13:00"), Term.parse("1wh")).at) == "2026-03-02 15:00"


def test_remaining_counts_three_ways() -> None:
    due = CALENDAR.add(at("2026-09-18 10:00"), Term.parse("5wd")).at
    left = CALENDAR.remaining(at("2026-09-23 16:00"), due)
    assert (left.working_days, left.natural, left.work) == (1, timedelta(hours=25), timedelta(hours=7.5))
    gone = CALENDAR.remaining(at("2026-09-28 09:00"), due)
    assert gone.overdue and gone.working_days == -1 and gone.work == -timedelta(minutes=30)


def test_pause_moves_a_date_in_the_unit_of_its_term() -> None:
    due = CALENDAR.add(at("2026-09-14 10:00"), Term.parse("5wd")).at  # 2026-09-20, a worked Sunday
    shifted = CALENDAR.shift_by_pause(due, at("2026-09-16 09:00"), at("2026-09-18 11:00"), Unit.WORK_DAYS)
    assert local(shifted.at) == "2026-09-22 17:00"
    same_day = CALENDAR.shift_by_pause(due, at("2026-09-16 09:00"), at("2026-09-16 16:00"), Unit.WORK_DAYS)
    assert same_day.at == due
    hours = CALENDAR.shift_by_pause(
        at("2026-09-16 16:00"), at("2026-09-16 10:00"), at("2026-09-16 15:00"), Unit.WORK_HOURS
    )
    assert local(hours.at) == "2026-09-17 10:30"
    natural = CALENDAR.shift_by_pause(
        at("2026-09-16 16:00"), at("2026-09-16 10:00"), at("2026-09-16 11:30"), Unit.HOURS
    )
    assert local(natural.at) == "2026-09-16 17:30"


def test_explain_says_why_each_day_counted() -> None:
    rows = CALENDAR.explain(at("2026-09-18 10:00"), Term.parse("5wd"))
    assert [(r.day.day, r.counted, r.why) for r in rows] == [
        (18, False, "received"),
        (19, False, "weekend"),
        (20, True, "makeup"),
        (21, True, "workday"),
        (22, True, "workday"),
        (23, True, "workday"),
        (24, True, "workday"),
    ]
    assert rows[-1].total == 5
    holidays = CALENDAR.explain(at("2026-09-24 10:00"), Term.parse("1wd"))
    assert [(r.why, r.label) for r in holidays][1:4] == [("holiday", "中秋节")] * 3
    after_hours = CALENDAR.explain(at("2026-02-13 18:00"), Term.parse("2wh"))
    assert [(r.counted, r.why) for r in after_hours] == [(False, "received"), (True, "makeup")]
    assert CALENDAR.explain(at("2026-12-31 10:00"), Term.parse("1wd"))[-1].provisional


@pytest.mark.parametrize("text", ["", "5", "wd", "-1wd", "5 days", "1.5h", "999999wd", "5wdx"])
def test_a_bad_term_is_refused(text: str) -> None:
    with pytest.raises(CalendarError):
        Term.parse(text)


def test_terms_read_and_write() -> None:
    for text in ("30min", "2h", "4wh", "15wd", "60nd"):
        assert str(Term.parse(text)) == text
    assert Term.parse(" 4wh ").words == "4 个工作小时"


def test_broken_data_is_refused() -> None:
    with pytest.raises(CalendarError):
        CALENDAR.add(datetime(2026, 1, 1), Term.parse("1h"))  # noqa: DTZ001 - a naive time is the point
    with pytest.raises(CalendarError):
        OfficeHours(winter=((time(12), time(8)),))
    with pytest.raises(CalendarError):
        OfficeHours(summer_from=(7, 1))
    nothing_works = WorkCalendar({date(2026, 1, 1) + timedelta(n): Day(False) for n in range(400)})
    with pytest.raises(CalendarError):
        nothing_works.add(at("2026-01-05 10:00"), Term.parse("1wd"))
    with pytest.raises(CalendarError):
        nothing_works.add(at("2026-01-05 10:00"), Term.parse("1wh"))


# -- properties -------------------------------------------------------------------------------------------------------

moments = st.datetimes(
    datetime(2007, 1, 1),  # noqa: DTZ001 - hypothesis takes naive bounds
    datetime(2029, 6, 30),  # noqa: DTZ001
).map(lambda d: d.replace(tzinfo=TZ))
calendars = st.sampled_from([CALENDAR, shipped(SUMMER)])
counts = st.integers(1, 30)
units = st.sampled_from(list(Unit))


@given(calendars, moments, moments, counts, units)
def test_monotone_in_the_start(cal: WorkCalendar, one: datetime, two: datetime, n: int, unit: Unit) -> None:
    early, later = sorted((one, two))
    assert cal.add(early, Term(n, unit)).at <= cal.add(later, Term(n, unit)).at


@given(calendars, moments, counts, units)
def test_monotone_in_the_length_and_never_before_the_start(
    cal: WorkCalendar, start: datetime, n: int, unit: Unit
) -> None:
    due = cal.add(start, Term(n, unit)).at
    assert start < due <= cal.add(start, Term(n + 1, unit)).at


@given(calendars, moments, counts)
def test_never_lands_outside_work_time(cal: WorkCalendar, start: datetime, n: int) -> None:
    day = cal.add(start, Term(n, Unit.WORK_DAYS)).at
    assert cal.is_workday(cal.local_day(day)) and day.astimezone(TZ).time() == time(17)
    assert cal.is_open(cal.add(start, Term(n, Unit.WORK_HOURS)).at)
    assert cal.is_workday(cal.local_day(cal.add(start, Term(n, Unit.NATURAL_DAYS)).at))


@given(calendars, moments, counts, counts, st.sampled_from([Unit.MINUTES, Unit.HOURS, Unit.WORK_HOURS, Unit.WORK_DAYS]))
def test_adding_in_two_steps_is_adding_at_once(cal: WorkCalendar, start: datetime, a: int, b: int, unit: Unit) -> None:
    assert cal.add(cal.add(start, Term(a, unit)).at, Term(b, unit)).at == cal.add(start, Term(a + b, unit)).at


@given(calendars, moments, counts)
def test_counting_back_gives_the_term(cal: WorkCalendar, start: datetime, n: int) -> None:
    due = cal.add(start, Term(n, Unit.WORK_DAYS)).at
    assert cal.working_days_between(cal.local_day(start), cal.local_day(due)) == n
    assert cal.work_time_between(start, cal.add(start, Term(n, Unit.WORK_HOURS)).at) == timedelta(hours=n)
    rows = cal.explain(start, Term(n, Unit.WORK_DAYS))
    assert rows[-1].total == n and [row.day for row in rows] == sorted({row.day for row in rows})


@given(calendars, moments, counts, st.integers(0, 10), st.integers(0, 20))
def test_a_pause_is_as_long_as_the_days_it_took(
    cal: WorkCalendar, start: datetime, n: int, before: int, length: int
) -> None:
    due = cal.add(start, Term(n, Unit.WORK_DAYS)).at
    begin = start + timedelta(days=before)
    end = begin + timedelta(days=length)
    moved = cal.shift_by_pause(due, begin, end, Unit.WORK_DAYS).at
    gone = cal.working_days_between(cal.local_day(begin), cal.local_day(end))
    assert moved == cal.add(start, Term(n + gone, Unit.WORK_DAYS)).at
    assert moved >= due


@given(moments, counts)
def test_provisional_exactly_when_an_unannounced_year_is_touched(start: datetime, n: int) -> None:
    due = CALENDAR.add(start, Term(n, Unit.WORK_DAYS))
    years = range(start.astimezone(TZ).year, due.at.astimezone(TZ).year + 1)
    assert due.provisional == any(year not in CALENDAR.published for year in years)
