"""What scripts add to the editor and the masks: drafts without a button, on a dead line too; boxes by mouse and by keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from civic.kit import clock
from civic.models import Media, db
from civic.newsroom import operations, storycrew
from tests.story_world import BODY, Newsroom, pixels

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def world(live_server):
    """A story two people write, a photo of its task, and the session cookie of each."""
    app = live_server.app
    with app.app_context():
        room = Newsroom(app)
        room.users["mate"].name = "陈编辑"
        row = room.draft(critical=True)
        storycrew.draft(room.actor("duty"), row, {"user": str(room.users["mate"].id), "role": "reporter"})
        operations.seek_reply(room.actor("writer"), row, {"units": "环卫所", "text": "车坏了两台"})
        media = room.photo("none")
        db.session.commit()
        now, seal = int(clock.now().timestamp()), app.session_interface.get_signing_serializer(app)
        cookies = {name: {"name": app.config["SESSION_COOKIE_NAME"], "url": live_server.url, "value": seal.dumps(
            {"_user_id": f"{user.id}:{user.session_epoch}", "_fresh": True, "t0": now, "t1": now})}
            for name, user in room.users.items()}
        return {"story": f"/stories/{row.id}", "mask": f"/files/{media.id}/mask", "media": media.id, "cookies": cookies}


def opens(browse, world, who: str, path: str, **shape):
    page = browse(**shape)
    page.context.add_cookies([world["cookies"][who]])
    page.goto(path)
    return page


def body(page):
    return page.get_by_role("textbox", name="正文")


def test_words_are_kept_while_typed_and_come_back_on_another_device(world, browse, axe):
    edit = world["story"] + "/edit"
    phone = opens(browse, world, "writer", edit, viewport={"width": 360, "height": 800})
    body(phone).fill(BODY + "\n\n路上写的一句。")
    expect(phone.get_by_text("草稿存到服务器了")).to_be_visible()
    assert axe(phone) == [] and phone.evaluate("document.documentElement.scrollWidth") <= 360
    phone.context.set_offline(True)
    body(phone).fill(BODY + "\n\n路上写的一句。\n\n没有网时写的一句。")
    expect(phone.get_by_text("草稿先存在这台设备上")).to_be_visible()
    phone.context.set_offline(False)
    expect(phone.get_by_text("草稿存到服务器了")).to_be_visible()
    phone.close()  # the app is thrown out of memory: no leaving, no saving

    desk = opens(browse, world, "writer", edit)
    assert "路上写的一句" not in body(desk).input_value(), "a draft never goes over the version unasked"
    expect(desk.get_by_text("有一份没存成版本的草稿")).to_be_visible()
    desk.get_by_role("link", name="放回来接着写").click()
    expect(body(desk)).to_have_value(re.compile("没有网时写的一句"))
    mate = opens(browse, world, "mate", edit)
    expect(mate.get_by_text("writer 正在改这篇")).to_be_visible()
    body(mate).fill(BODY + "\n\n同事的一句。")
    mate.get_by_role("button", name="存稿", exact=True).click()
    expect(mate.get_by_text("已存为第 2 版")).to_be_visible()
    body(desk).press_sequentially("。")
    expect(desk.get_by_text("有人刚存了新的一版")).to_be_visible()
    desk.get_by_role("button", name="存稿", exact=True).click()
    expect(desk.get_by_role("heading", name="陈编辑 存的第 2 版，和你这一份")).to_be_visible()
    assert "没有网时写的一句" in body(desk).input_value() and axe(desk) == []
    desk.get_by_role("button", name="再加几条").click()
    desk.locator("textarea[name=fact-4-text]").fill("加的一条事实")
    desk.locator("input[name=fact-4-source]").fill("现场看到")
    desk.get_by_role("button", name="存稿", exact=True).click()
    expect(desk.get_by_text("已存为第 3 版")).to_be_visible()
    expect(desk.get_by_text("加的一条事实")).to_be_visible()
    desk.goto(edit)
    expect(body(desk)).to_have_value(re.compile("没有网时写的一句"))
    expect(desk.get_by_text("有一份没存成版本的草稿")).to_have_count(0)


def test_a_copy_on_the_device_survives_a_server_that_never_heard_of_it(world, browse):
    edit = world["story"] + "/edit"
    page = opens(browse, world, "mate", edit)
    page.context.set_offline(True)
    body(page).fill("只在这台设备上的一段文字，服务器没有收到。")
    expect(page.get_by_text("草稿先存在这台设备上")).to_be_visible()
    page.close()
    page = page.context.new_page()
    page.context.set_offline(False)
    page.goto(edit)
    page.get_by_role("button", name="放回来").click()
    expect(body(page)).to_have_value(re.compile("只在这台设备上"))


def test_faces_are_covered_by_mouse_and_by_keyboard(world, browse, axe, live_server):
    page = opens(browse, world, "writer", world["mask"])
    stage = page.get_by_alt_text("要遮挡的照片")
    expect(stage).to_be_visible()
    expect(page.get_by_role("button", name="加一个框")).to_be_visible()  # the script is there, and the page has its last shape
    page.wait_for_function("document.querySelector('.mask-layer').parentElement.querySelector('img').complete")
    frame = stage.bounding_box()
    page.mouse.move(frame["x"] + frame["width"] * 0.28, frame["y"] + frame["height"] * 0.18)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] * 0.52, frame["y"] + frame["height"] * 0.52, steps=4)
    page.mouse.up()
    expect(page.get_by_label("左 第 1 框")).to_have_value(re.compile(r"^2[78]"))
    page.get_by_label("遮什么").first.select_option("person")
    page.get_by_role("button", name="加一个框").press("Enter")
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    expect(page.get_by_label("左 第 2 框")).to_have_value("41")
    expect(page.get_by_label("宽 第 2 框")).to_have_value("19")
    page.keyboard.press("Delete")
    expect(page.get_by_label("左 第 2 框")).to_have_value("")
    assert axe(page) == []
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name="遮住，存下").click()
    expect(page.get_by_text("已遮挡")).to_be_visible()
    with live_server.app.app_context():
        row = db.session.get(Media, world["media"])
        assert row.masked and max(pixels(row.derived).getpixel((320, 200))) < 70
    for path in ("/sides", "/factors", "", "/edit"):
        page.goto(world["story"] + path)
        expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
