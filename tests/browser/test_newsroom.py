"""What scripts add to the newsroom's pages: unsaved words of a tab are offered again, and a position takes one tap."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from civic.access.actor import Actor
from civic.cases import tasks
from civic.kit import clock
from civic.models import db
from civic.newsroom import operations
from tests import factories as make

pytestmark = pytest.mark.browser
BODY = "六月以来，菜场后巷的垃圾三天才清一次。居民说，气味最重的是傍晚。"


@pytest.fixture(scope="module")
def world(live_server):
    """A reporter of a squad with a draft and a task in hand; ids and a session cookie."""
    app = live_server.app
    with app.app_context():
        team = make.team("东片小虎队", ("331081103",))
        user, duty = make.user("reporter", name="李晓燕", team=team), make.actor("duty")
        me = Actor.of(user)
        row = operations.pitch(me, {"title": "后巷的垃圾谁来清", "angle": "看承诺兑现没有", "format": "text"})
        operations.start(me, row)
        operations.save(me, row, {"title": "后巷的垃圾谁来清", "body": BODY, "facts": "三天清一次｜蹲守"})
        task = make.task(duty, make.case(duty), f"team:{team.id}")
        tasks.accept(me, task)
        db.session.commit()
        now = int(clock.now().timestamp())
        sealed = app.session_interface.get_signing_serializer(app).dumps(
            {"_user_id": f"{user.id}:{user.session_epoch}", "_fresh": True, "t0": now, "t1": now})
        cookie = {"name": app.config["SESSION_COOKIE_NAME"], "value": sealed, "url": live_server.url}
        return {"story": f"/stories/{row.id}", "task": f"/tasks/{task.id}", "cookie": cookie}


def test_unsaved_words_of_a_tab_are_offered_and_a_conflict_keeps_both_texts(world, browse, axe):
    one, two = browse(), browse(viewport={"width": 360, "height": 800})
    for page in (one, two):
        page.context.add_cookies([world["cookie"]])
        page.goto(world["story"] + "/edit")
    two.get_by_role("textbox", name="正文").fill(BODY + "后写的一句。")
    expect(two.get_by_text("草稿存到服务器了")).to_be_visible()
    two.goto(world["story"] + "/edit")
    assert "后写的一句" not in two.get_by_role("textbox", name="正文").input_value()
    two.get_by_role("link", name="放回来接着写").click()
    expect(two.get_by_role("textbox", name="正文")).to_have_value(re.compile("后写的一句"))
    assert "后写的一句" in two.get_by_role("textbox", name="正文").input_value()
    one.get_by_role("textbox", name="正文").fill(BODY + "先写的一句。")
    one.get_by_role("button", name="存稿", exact=True).click()
    one.get_by_text("已存为第 2 版").wait_for()
    two.get_by_role("button", name="存稿", exact=True).click()
    two.get_by_text("有人先存了一版").wait_for()
    assert "后写的一句" in two.get_by_role("textbox", name="正文").input_value() and axe(two) == []
    assert two.evaluate("document.documentElement.scrollWidth") <= 360
    two.get_by_role("button", name="存稿", exact=True).click()
    two.get_by_text("已存为第 3 版").wait_for()


def test_typed_before_the_scripts_came(world, browse):
    """On a slow line one writes long before the script that keeps drafts is there: it finds the words and keeps them."""
    page, held = browse(), []
    page.context.add_cookies([world["cookie"]])
    page.route("**/js/story_editor*", lambda route: held.append(route))
    page.goto(world["story"] + "/edit")
    page.evaluate("() => { document.querySelector('[name=body]').value += '趁网慢写的。'; }")
    for _ in range(200):
        if not held:  # the driver hears of a request while it waits for something
            page.wait_for_timeout(50)
    assert held and not page.locator("html[data-ready]").count()
    held[0].continue_()
    expect(page.get_by_text("草稿存到服务器了")).to_be_visible()


def test_a_position_takes_one_tap_and_a_refused_one_says_what_else(world, browse, axe):
    spot = {"latitude": 28.3684, "longitude": 121.3861, "accuracy": 12}
    here, shy = browse(phone=True, geolocation=spot, permissions=["geolocation"]), browse(phone=True, permissions=[])
    for page in (here, shy):
        page.context.add_cookies([world["cookie"]])
        page.goto(world["task"] + "/check-in")
        page.get_by_role("button", name="取现在的位置").click()
    here.get_by_text("误差 12 米").wait_for()
    assert axe(here) == []
    here.get_by_role("button", name="签到", exact=True).click()
    here.get_by_text("有定位").wait_for()
    shy.get_by_text("在下面写一下").wait_for()
    assert axe(here) == []
