"""Deadlines of orders: terms by class, pauses, extensions, the ladder, lateness."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.data import NATIONAL
from civic.kit.clock import TZ
from civic.reference.sheets import read_sla_classes
from civic.workflow import deadlines as dl
from civic.workflow.calendar import Day, Due, Term, Unit, WorkCalendar
from tests.calendars import CALENDAR, at, local

SLA = {sla.code: sla for sla in read_sla_classes(NATIONAL / "sla_classes.csv")}


def due_dates(code: str, served: str, **more: object) -> dl.Deadlines:
    return dl.deadlines_for(SLA[code], at(served), CALENDAR, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "sign", "contact", "closing"),
    [
        ("E", "2026-09-18 16:30", "2026-09-18 18:00", "2026-09-19 16:00"),
        ("U", "2026-09-18 18:00", "2026-09-19 16:00", "2026-09-22 17:00"),
        ("B", "2026-09-20 11:30", "2026-09-20 17:00", "2026-09-22 17:00"),
        ("C", "2026-09-20 11:30", "2026-09-20 17:00", "2026-09-24 17:00"),
        ("D", "2026-09-20 11:30", "2026-09-20 17:00", "2026-09-29 17:00"),
        ("F", "2026-09-20 17:00", "2026-09-21 17:00", "2026-10-15 17:00"),
    ],
)
def test_terms_by_class(code: str, sign: str, contact: str, closing: str) -> None:
    got = due_dates(code, "2026-09-18 16:00")
    assert (local(got.sign_due), local(got.contact_due), local(got.closing_due)) == (sign, contact, closing)
    assert not got.provisional


def test_statutory_terms_run_from_acceptance() -> None:
    latest = due_dates("S1", "2026-03-02 10:00")
    assert latest.accept_due and local(latest.accept_due) == "2026-03-11 17:00"
    assert latest.closing_due == CALENDAR.add(latest.accept_due, Term.parse("45wd")).at
    accepted = due_dates("S1", "2026-03-02 10:00", accepted_at=at("2026-03-04 09:00"))
    assert accepted.closing_due == CALENDAR.add(at("2026-03-04 09:00"), Term.parse("45wd")).at
    assert local(due_dates("S2", "2026-03-02 10:00").closing_due) == "2026-03-23 17:00"


def test_emergency_has_a_control_term_and_no_extension() -> None:
    got = due_dates("E", "2026-09-18 16:00")
    assert got.control_due and local(got.control_due) == "2026-09-18 18:00"
    refusal = dl.extension_allowed(SLA["E"], at("2026-09-18 17:00"), got.closing_due, Term.parse("1wd"), 0)
    assert refusal and refusal.code == "class"


def test_complex_or_several_units_have_fifteen_days() -> None:
    assert due_dates("C", "2026-02-12 10:00", several_units=True).closing == Term.parse("15wd")
    assert local(due_dates("B", "2026-02-12 10:00", complex_case=True).closing_due) == "2026-03-11 17:00"
    assert due_dates("E", "2026-02-12 10:00", complex_case=True).closing == Term.parse("24h")
    assert due_dates("S2", "2026-02-12 10:00", several_units=True).closing == Term.parse("15wd")


def test_effective_is_the_earlier_of_type_and_urgency_unless_law() -> None:
    got = due_dates("D", "2026-09-18 16:00", urgency=SLA["E"])
    assert local(got.closing_due) == "2026-09-19 16:00" and got.closing == Term.parse("24h")
    assert due_dates("E", "2026-09-18 16:00", urgency=SLA["D"]) == due_dates("E", "2026-09-18 16:00")
    assert due_dates("S1", "2026-09-18 16:00", urgency=SLA["E"]) == due_dates("S1", "2026-09-18 16:00")


def test_partner_answers_two_days_before_the_lead() -> None:
    served = at("2026-09-18 16:00")
    lead = CALENDAR.add(served, Term.parse("5wd")).at
    assert local(dl.partner_due(lead, served, CALENDAR)) == "2026-09-22 17:00"
    short = CALENDAR.add(served, Term.parse("1wd")).at
    assert dl.partner_due(short, served, CALENDAR) == short
    emergency = served + timedelta(hours=2)
    assert dl.partner_due(emergency, served, CALENDAR) == emergency


def test_objection_two_hours_and_one_minute_after_signing_is_late() -> None:
    until = dl.objection_until(at("2026-03-02 09:00"), at("2026-03-02 09:30"), CALENDAR)
    assert local(until) == "2026-03-02 11:30"
    assert at("2026-03-02 11:31") > until
    assert local(dl.objection_until(at("2026-03-02 09:00"), None, CALENDAR)) == "2026-03-03 17:00"
    assert local(dl.objection_until(at("2026-03-02 09:00"), at("2026-03-03 16:30"), CALENDAR)) == "2026-03-03 17:00"


def test_express_line_is_nine_on_the_next_working_day() -> None:
    assert local(dl.express_due(at("2026-02-14 20:30"), CALENDAR).at) == "2026-02-24 09:00"
    assert dl.express_due(at("2026-12-31 20:30"), CALENDAR).provisional


@pytest.mark.parametrize(
    ("wanted", "asked", "granted", "code"),
    [
        ("5wd", "2026-09-21 10:00", 0, None),
        ("6wd", "2026-09-21 10:00", 0, "too_long"),
        ("5wd", "2026-09-24 17:01", 0, "late"),
        ("5wd", "2026-09-21 10:00", 1, "used"),
        ("0wd", "2026-09-21 10:00", 0, "empty"),
        ("24h", "2026-09-21 10:00", 0, "unit"),
    ],
)
def test_extension_once_before_due_not_longer_than_original(
    wanted: str, asked: str, granted: int, code: str | None
) -> None:
    due = due_dates("C", "2026-09-18 10:00").closing_due
    refusal = dl.extension_allowed(SLA["C"], at(asked), due, Term.parse(wanted), granted)
    assert (refusal.code if refusal else None) == code


def test_counting_again_keeps_pauses_and_extensions() -> None:
    start, term = at("2026-12-28 10:00"), Term.parse("5wd")
    pauses = [dl.Pause(at("2026-12-29 09:00"), at("2026-12-30 15:00"))]
    extensions = [dl.Extension(at("2026-12-31 09:00"), Term.parse("2wd"))]
    now = at("2026-12-31 10:00")
    announced = dl.effective_due(CALENDAR.add(start, term), term.unit, pauses, extensions, CALENDAR, now)
    assert announced.provisional
    certain = WorkCalendar(CALENDAR.days, CALENDAR.published | {2027}, CALENDAR.statutory)
    again = dl.recomputed(start, term, announced, certain, pauses, extensions, now)
    assert again == Due(announced.at, provisional=False)


def test_pause_and_extension_in_one_life() -> None:
    original = CALENDAR.add(at("2026-09-18 10:00"), Term.parse("5wd"))  # 2026-09-24
    pauses = [dl.Pause(at("2026-09-21 09:00"), at("2026-09-22 15:00"))]
    extensions = [dl.Extension(at("2026-09-23 10:00"), Term.parse("5wd"))]
    now = at("2026-09-24 10:00")
    assert local(dl.effective_due(original, Unit.WORK_DAYS, pauses, [], CALENDAR, now).at) == "2026-09-28 17:00"
    both = dl.effective_due(original, Unit.WORK_DAYS, pauses, extensions, CALENDAR, now)
    assert local(both.at) == "2026-10-10 17:00"  # over the National Day week, on a worked Saturday


def test_pause_ends_by_itself_and_never_undoes_lateness() -> None:
    original = CALENDAR.add(at("2026-03-02 10:00"), Term.parse("5wd"))  # 2026-03-09
    forever = [dl.Pause(at("2026-03-03 09:00"))]
    moved = dl.effective_due(original, Unit.WORK_DAYS, forever, [], CALENDAR, at("2026-06-01 10:00"))
    assert local(moved.at) == "2026-03-16 17:00"
    too_late = [dl.Pause(at("2026-03-10 09:00"), at("2026-03-12 09:00"))]
    assert dl.effective_due(original, Unit.WORK_DAYS, too_late, [], CALENDAR, at("2026-03-20 10:00")) == original


def test_overlapping_pauses_count_once() -> None:
    original = CALENDAR.add(at("2026-03-02 10:00"), Term.parse("5wd"))
    one = [dl.Pause(at("2026-03-03 09:00"), at("2026-03-05 09:00"))]
    two = [
        dl.Pause(at("2026-03-03 09:00"), at("2026-03-04 18:00")),
        dl.Pause(at("2026-03-04 09:00"), at("2026-03-05 09:00")),
    ]
    now = at("2026-03-06 09:00")
    assert dl.effective_due(original, Unit.WORK_DAYS, two, [], CALENDAR, now) == dl.effective_due(
        original, Unit.WORK_DAYS, one, [], CALENDAR, now
    )


def test_ladder_of_an_ordinary_order() -> None:
    served = at("2026-09-18 10:00")
    due = CALENDAR.add(served, Term.parse("5wd")).at
    rungs = dl.ladder(served, due, Term.parse("5wd"), CALENDAR)
    assert [(rung.code, local(rung.at)) for rung in rungs] == [
        ("remind", "2026-09-22 08:30"),
        ("remind_head", "2026-09-23 08:30"),
        ("due_today", "2026-09-24 08:30"),
        ("overdue", "2026-09-24 17:00"),
        ("chase", "2026-09-28 08:30"),
        ("supervise", "2026-09-30 08:30"),
        ("circulate", "2026-10-09 08:30"),
        ("long_overdue", "2026-10-09 17:00"),
    ]


def test_ladder_of_an_emergency_runs_at_night() -> None:
    served = at("2026-09-18 22:00")
    due = CALENDAR.add(served, Term.parse("24h")).at
    rungs = dl.ladder(served, due, Term.parse("24h"), CALENDAR)
    assert [(r.code, local(r.at)[5:]) for r in rungs] == [
        ("remind", "09-19 10:00"),
        ("remind_head", "09-19 16:00"),
        ("overdue", "09-19 22:00"),
        ("chase", "09-20 04:00"),
        ("supervise", "09-20 10:00"),
        ("circulate", "09-20 16:00"),
        ("long_overdue", "09-20 22:00"),
    ]


@pytest.mark.parametrize(
    ("now", "paused_since", "expected"),
    [
        ("2026-09-21 17:00", None, "none"),
        ("2026-09-22 08:30", None, "due_soon"),
        ("2026-09-24 17:00", None, "due_soon"),
        ("2026-09-24 17:01", None, "overdue"),
        ("2026-10-09 16:59", None, "overdue"),
        ("2026-10-09 17:00", None, "long_overdue"),
        ("2026-10-20 17:00", "2026-09-23 09:00", "none"),
        ("2026-10-20 17:00", "2026-09-27 09:00", "overdue"),
    ],
)
def test_lateness(now: str, paused_since: str | None, expected: str) -> None:
    due = CALENDAR.add(at("2026-09-18 10:00"), Term.parse("5wd")).at
    since = at(paused_since) if paused_since else None
    assert dl.late(due, at(now), CALENDAR, closing=Term.parse("5wd"), paused_since=since) == expected


def test_provisional_date_is_counted_again_but_never_earlier() -> None:
    start, term = at("2026-12-31 10:00"), Term.parse("3wd")
    announced = CALENDAR.add(start, term)
    assert announced.provisional and local(announced.at) == "2027-01-06 17:00"
    years = CALENDAR.published | {2027}
    shorter = WorkCalendar(CALENDAR.days, years)  # a notice that takes no day off: the 4th would do
    assert local(shorter.add(start, term).at) == "2027-01-05 17:00"
    assert dl.recomputed(start, term, announced, shorter) == Due(announced.at, provisional=False)
    with_bridge = WorkCalendar(
        {**CALENDAR.days, **dict.fromkeys([at("2027-01-01").date(), at("2027-01-04").date()], Day(False))}, years
    )
    assert local(dl.recomputed(start, term, announced, with_bridge).at) == "2027-01-07 17:00"


moments = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001 - hypothesis takes naive bounds
    datetime(2026, 6, 30),  # noqa: DTZ001
).map(lambda d: d.replace(tzinfo=TZ))
codes = st.sampled_from(sorted(SLA))


@given(codes, moments)
def test_dates_come_in_order(code: str, served: datetime) -> None:
    got = dl.deadlines_for(SLA[code], served, CALENDAR)
    assert served < got.sign_due <= got.closing_due and got.contact_due <= got.closing_due
    rungs = dl.ladder(served, got.closing_due, got.closing, CALENDAR)
    assert [r.at for r in rungs] == sorted(r.at for r in rungs)
    assert len({r.code for r in rungs}) == len(rungs) and all(r.at > served for r in rungs)


@given(codes, codes, moments)
def test_urgency_never_gives_more_time(kind: str, urgency: str, served: datetime) -> None:
    both = dl.deadlines_for(SLA[kind], served, CALENDAR, urgency=SLA[urgency])
    plain = dl.deadlines_for(SLA[kind], served, CALENDAR)
    assert both.closing_due <= plain.closing_due and both.sign_due <= plain.sign_due


@given(
    moments,
    st.integers(1, 15),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), max_size=3),
    st.integers(0, 10),
)
def test_pauses_and_extensions_never_shorten(
    served: datetime, n: int, spans: list[tuple[int, int]], extra: int
) -> None:
    original = CALENDAR.add(served, Term(n, Unit.WORK_DAYS))
    pauses = [dl.Pause(served + timedelta(hours=a), served + timedelta(hours=a + b)) for a, b in spans]
    extensions = [dl.Extension(served + timedelta(hours=1), Term(extra, Unit.WORK_DAYS))] if extra else []
    now = served + timedelta(days=100)
    due = dl.effective_due(original, Unit.WORK_DAYS, pauses, extensions, CALENDAR, now)
    assert due.at >= CALENDAR.add(original.at, Term(extra, Unit.WORK_DAYS)).at
    longer = dl.effective_due(original, Unit.WORK_DAYS, pauses, extensions, CALENDAR, now + timedelta(days=1))
    assert longer == due, "closed pauses do not depend on when one looks"


@given(codes, moments, st.lists(st.integers(0, 2000), min_size=2, max_size=8))
def test_lateness_only_grows(code: str, served: datetime, hours: list[int]) -> None:
    got = dl.deadlines_for(SLA[code], served, CALENDAR)
    order = ["none", "due_soon", "overdue", "long_overdue"]
    seen = [
        order.index(dl.late(got.closing_due, served + timedelta(hours=h), CALENDAR, closing=got.closing))
        for h in sorted(hours)
    ]
    assert seen == sorted(seen)
