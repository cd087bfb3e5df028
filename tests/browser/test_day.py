"""The day in a browser: the list is put in order with and without script, the calendar goes by keys, a phone reads both."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from civic import ledger
from civic.access.actor import Actor
from civic.kit import clock
from civic.models import FollowUp, Revisit, Shift, db
from civic.newsroom import day as days
from civic.newsroom import grades, operations, storycrew
from tests import factories as make

pytestmark = pytest.mark.browser
TITLES = ("后巷的垃圾谁来清：三个月走了七趟，清运合同上写的一天两次到底算不算数", "夜里的工地", "新河校车停靠点改到了路对面", "雨后积水的两条路")


@pytest.fixture(scope="module")
def world(live_server):
    """A desk with a list of four for today; ids and a session cookie."""
    app = live_server.app
    with app.app_context():
        east, west = make.team("东片小虎队", ("331081103",)), make.team("西片小虎队")
        user, writer = make.user("duty", "chief", name="张明"), make.user(name="李晓燕", team=east)
        other = make.user(name="赵刚", team=west)
        me, today = Actor.of(user), days.today()
        case = make.case(me)
        stories = [operations.pitch(me, {"title": title, "angle": "看承诺兑现没有", "format": "tv", "case": case}) for title in TITLES]
        for story in stories:
            story.author_id = writer.id
        slots = {"slot-tv": "evening", "slot-wechat": "noon", "time-wechat": "12:30"}
        items = [days.add(me, today, {"story": story, **slots, "note": "先问清运公司要记录"}) for story in stories]
        days.note(me, today, "两条主打都要有现场画面；晚班留意突发。")
        grades.decide(me, stories[0], {"grade": "B", "reason": "两个片区一起做"})
        storycrew.draft(me, stories[0], {"user": str(other.id), "role": "camera"})
        make.task(me, case, f"user:{writer.id}")
        db.session.add(ledger.new(Revisit, case_id=case.id, round=1, kind="d30", due_at=clock.now() + timedelta(days=2), outcome="waiting"))
        db.session.add(ledger.new(Shift, user_id=user.id, kind="duty", starts_at=clock.now() - timedelta(hours=2),
                                  ends_at=clock.now() + timedelta(hours=6)))
        row = ledger.new(FollowUp, case_id=case.id, round=1, kind="d30", follows_id=stories[1].id, due_at=clock.now(), outcome="open", reason="")
        db.session.add(row)
        db.session.commit()
        now = int(clock.now().timestamp())
        sealed = app.session_interface.get_signing_serializer(app).dumps(
            {"_user_id": f"{user.id}:{user.session_epoch}", "_fresh": True, "t0": now, "t1": now})
        cookie = {"name": app.config["SESSION_COOKIE_NAME"], "value": sealed, "url": live_server.url}
        here = f"/desk/day/{today.isoformat()}"
        return {"cookie": cookie, "day": here, "item": f"{here}/items/{items[1].id}", "paper": f"{here}/print",
                "force": f"/stories/{stories[0].id}/force", "follow": f"/desk/follow-ups/{row.id}", "today": today}


def titles(page):
    return [text.strip() for text in page.locator(".day-item h3").all_inner_texts()]


def button(page, title, name):
    return page.locator(".day-item", has_text=title).get_by_role("button", name=name)


def test_the_order_changes_in_place_and_the_keyboard_stays_where_it_was(world, browse, axe):
    page = browse()
    page.context.add_cookies([world["cookie"]])
    page.goto(world["day"])
    assert titles(page) == list(TITLES) and axe(page) == []
    button(page, TITLES[1], "下移").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".day-item h3").nth(2)).to_have_text(TITLES[1])
    expect(button(page, TITLES[1], "下移")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".day-item h3").nth(3)).to_have_text(TITLES[1])
    button(page, TITLES[2], "定为主选题").click()
    expect(page.locator(".day-item.is-lead h3")).to_have_text(TITLES[2])
    expect(page.locator(".day-item.is-lead")).to_have_count(1)
    page.reload()
    assert titles(page) == [TITLES[0], TITLES[2], TITLES[3], TITLES[1]]


def test_without_script_on_a_phone_every_button_works(world, browse):
    page = browse(phone=True, javascript=False)
    page.context.add_cookies([world["cookie"]])
    page.goto(world["day"])
    before = titles(page)
    button(page, before[-1], "上移").click()
    expect(page.locator(".day-item h3").nth(2)).to_have_text(before[-1])
    page.locator(".day-item", has_text=before[0]).get_by_role("link", name="责任人和时段").click()
    page.get_by_label("编前会的意见").fill("先去现场再定")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".day-note").first).to_have_text("先去现场再定")


@pytest.mark.parametrize("width", [360, 1440])
def test_no_page_of_the_day_scrolls_sideways_and_axe_finds_nothing(world, browse, axe, width):
    page = browse(viewport={"width": width, "height": 900})
    page.context.add_cookies([world["cookie"]])
    for address in (world["day"], world["item"], world["force"], world["follow"], "/desk/days", "/desk/calendar", "/desk/calendar?view=week",
                    "/desk/calendar?view=day", "/desk/calendar/feed", "/desk/board", "/desk/themes", world["paper"]):
        page.goto(address)
        expect(page.locator("h1").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert axe(page) == [], address


def test_the_calendar_goes_by_keys(world, browse):
    page = browse()
    page.context.add_cookies([world["cookie"]])
    page.goto("/desk/calendar")
    page.locator("[data-module=calendar][data-ready]").wait_for()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-day][aria-current]")).to_be_focused()
    page.keyboard.press("ArrowRight")
    next_day = (world["today"] + timedelta(days=1)).isoformat()
    expect(page.locator(f'[data-day="{next_day}"]')).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**day={next_day}**")
    expect(page.locator("h1")).to_contain_text("日")
    page.locator("[data-module=calendar][data-ready]").wait_for()
    page.keyboard.press("w")
    page.wait_for_url("**view=week**")
    page.locator("[data-module=calendar][data-ready]").wait_for()
    page.keyboard.press("m")
    page.wait_for_url("**view=month**")
