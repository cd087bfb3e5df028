"""The calendar and the personal feed: everything of a span, what is mine, rest days; a feed a calendar program understands."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from civic import ledger
from civic.kit import clock
from civic.models import CalendarFeed, Revisit, Shift, User, db
from civic.newsroom import day as days
from civic.newsroom import daycalendar
from tests import factories as make
from tests.web.test_day import EVENING, Room, at, today


@pytest.fixture
def room(app, db):
    return Room(app)


def full(room: Room) -> dict:
    """One of everything on the writer's calendar, and a task of somebody else."""
    duty = room.actor("duty")
    case = make.case(duty, title="王阿姨说后巷三天没人扫")
    story = room.story("后巷的垃圾谁来清", case=case)
    days.add(duty, today(), {"story": story, **EVENING})
    task = make.task(duty, case, f"user:{room.users['writer'].id}")
    other = make.task(duty, make.case(duty, title="另一件案子"), f"user:{room.users['second'].id}")
    order = make.order(case)
    db.session.add(ledger.new(Revisit, case_id=case.id, round=1, kind="d30", due_at=at(9) + timedelta(days=1), outcome="waiting"))
    db.session.add(ledger.new(Shift, user_id=room.users["writer"].id, kind="mobile", starts_at=at(8), ends_at=at(18) + timedelta(days=1)))
    db.session.commit()
    return {"case": case, "story": story, "task": task, "other": other, "order": order}


def test_the_month_shows_everything_and_mine_only_what_is_mine(room):
    made = full(room)
    month = room.browser("duty").get(f"/desk/calendar?day={today().isoformat()}")
    assert month.status_code == 200
    duty = room.actor("duty")
    span = (at(0) - timedelta(days=1), at(0) + timedelta(days=60))
    assert {entry.kind for entry in daycalendar.entries(duty, *span)} >= {"slot", "task", "order", "revisit", "shift", "story"}
    mine = daycalendar.entries(room.actor("writer"), *span, mine=True)
    ids = {entry.id for entry in mine}
    assert made["task"].id in ids and made["other"].id not in ids
    assert {entry.kind for entry in mine} >= {"slot", "task", "shift", "story"} and "order" not in {entry.kind for entry in mine}
    page = room.browser("writer").get("/desk/calendar?mine=1")
    assert "机动记者" in page.text and "后巷的垃圾谁来清" in page.text
    assert "另一件案子" not in room.browser("writer").get("/desk/calendar").text, "what one may not see elsewhere is not here either"


@pytest.mark.parametrize("view", ["month", "week", "day"])
def test_every_view_can_be_opened_stepped_and_narrowed(room, view):
    full(room)
    desk = room.browser("duty")
    page = desk.get(f"/desk/calendar?view={view}&kind=slot")
    assert page.status_code == 200 and "电视" in page.text and "机动记者" not in page.text
    for step in (-1, 1):
        other = daycalendar.step(view, today(), step)
        assert desk.get(f"/desk/calendar?view={view}&day={other.isoformat()}").status_code == 200


def test_nonsense_in_the_address_shows_this_month_and_an_empty_span_says_so(room):
    page = room.browser("duty").get("/desk/calendar?view=year&day=tomorrow&kind=party&mine=x")
    assert page.status_code == 200 and "这段时间没有安排" in page.text


def test_holidays_and_make_up_days_stand_on_the_calendar(room):
    desk = room.browser("duty")
    page = desk.get("/desk/calendar?day=2026-10-01").text
    assert "国庆" in page and "调休上班" in page
    found = {day.day: day.why for day in daycalendar.days(room.actor("duty"), date(2026, 9, 28), date(2026, 10, 11))}
    assert found[date(2026, 10, 1)] == "holiday" and "makeup" in found.values()


def test_the_calendar_asks_the_same_number_of_times_for_one_and_for_many(room, count_sql):
    full(room)
    duty = room.actor("duty")

    def ask() -> int:
        db.session.expire_all()
        with count_sql() as statements:
            daycalendar.days(duty, *daycalendar.span("month", today()))
        return len(statements)
    ask()
    one = ask()
    for number in range(6):
        case = make.case(duty, title=f"第 {number} 件")
        make.task(duty, case, f"user:{room.users['writer'].id}")
        days.add(duty, today(), {"story": room.story(f"第 {number} 篇", case=case), **EVENING})
    assert ask() <= one + 2


def test_spans_are_whole_weeks_and_steps_cross_the_year():
    assert daycalendar.span("month", date(2026, 11, 24)) == (date(2026, 10, 26), date(2026, 12, 6))
    assert daycalendar.span("week", date(2026, 11, 24)) == (date(2026, 11, 23), date(2026, 11, 29))
    assert daycalendar.step("month", date(2026, 12, 31), 1) == date(2027, 1, 1)
    assert daycalendar.step("month", date(2026, 1, 15), -1) == date(2025, 12, 1)


# -- the feed ---------------------------------------------------------------------------------------------------------


def address(browser) -> str:
    page = browser.submit("/desk/calendar/feed", {}, form="/desk/calendar/feed")
    assert page.status_code == 200 and page.headers["Cache-Control"] == "no-store"
    start = page.text.index("/calendar/")
    return page.text[start:page.text.index(".ics", start) + 4]


def test_a_calendar_program_reads_the_feed_and_nobody_learns_more_than_they_need(room):
    made = full(room)
    url = address(room.browser("writer"))
    stranger = room.app.test_client()
    got = stranger.get(url)
    assert got.status_code == 200 and got.content_type == "text/calendar; charset=utf-8" and "Set-Cookie" not in got.headers
    text = got.get_data(as_text=True)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n")) and text.endswith("END:VCALENDAR\r\n")
    feed = Calendar.from_ical(got.data)
    assert feed["version"] == "2.0" and not feed.errors and feed["prodid"]
    events = {str(event["uid"]): event for event in feed.walk("VEVENT")}
    assert len(events) == len(feed.walk("VEVENT")) > 3
    task = next(event for uid, event in events.items() if uid.startswith(f"task-{made['task'].id}"))
    assert task["dtstart"].params["TZID"] == "Asia/Shanghai" and task.decoded("dtstart").utcoffset() == timedelta(hours=8)
    assert task.decoded("dtstart").astimezone(clock.TZ) == made["task"].due_at.astimezone(ZoneInfo("Asia/Shanghai")).replace(microsecond=0)
    assert any(str(zone["tzid"]) == "Asia/Shanghai" for zone in feed.walk("VTIMEZONE"))
    for event in events.values():
        assert not event.errors and event.decoded("dtend") > event.decoded("dtstart") and isinstance(event.decoded("dtstamp"), datetime)
    whole = "".join(str(event.get(name, "")) for event in events.values() for name in ("summary", "description", "location"))
    assert "王阿姨" not in text.replace("\r\n ", "") and "到现场看看" not in whole, "neither a case's title nor a brief"
    assert made["case"].number in whole


def test_the_feed_keeps_its_uids_and_its_etag_until_something_changes(room):
    made = full(room)
    url = address(room.browser("writer"))
    program = room.app.test_client()
    first = program.get(url)
    again = program.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and not again.data
    made["task"].due_at += timedelta(days=1)
    db.session.commit()
    third = program.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert third.status_code == 200

    def uids(answer) -> set[str]:
        return {str(event["uid"]) for event in Calendar.from_ical(answer.data).walk("VEVENT")}
    assert uids(first) == uids(third)


def test_the_address_can_be_renewed_and_ended_and_only_its_hash_is_kept(room):
    full(room)
    browser, program = room.browser("writer"), room.app.test_client()
    first = address(browser)
    token = first.rsplit("/", 1)[1].removesuffix(".ics")
    assert token not in {row.token_hash for row in db.session.query(CalendarFeed)} and len(token) == 43
    assert program.get(first).status_code == 200
    second = address(browser)
    assert program.get(first).status_code == 404 and program.get(second).status_code == 200
    assert second not in browser.get("/desk/calendar/feed").text, "it is told once"
    browser.submit("/desk/calendar/feed", {}, form="/revoke")
    assert program.get(second).status_code == 404
    assert db.session.query(CalendarFeed).count() == 2


def test_who_leaves_the_newsroom_has_no_feed_any_more(room):
    full(room)
    url = address(room.browser("writer"))
    db.session.get(User, room.users["writer"].id).active = False
    db.session.commit()
    assert room.app.test_client().get(url).status_code == 404


def test_guessing_an_address_is_slowed_down(room, monkeypatch):
    from civic.blueprints.day import calendar_views
    full(room)
    url = address(room.browser("writer"))
    program = room.app.test_client()
    for _ in range(calendar_views.KNOCKS.limit):
        assert program.get("/calendar/" + "x" * 43 + ".ics").status_code == 404
    assert program.get(url).status_code == 404
    calendar_views.KNOCKS.clear()
    assert program.get(url).status_code == 200


def test_an_empty_feed_is_a_calendar_too(room):
    got = room.app.test_client().get(address(room.browser("second")))
    assert got.status_code == 200 and not Calendar.from_ical(got.data).walk("VEVENT")
