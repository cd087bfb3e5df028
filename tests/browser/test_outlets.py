"""What a browser says of the public's page of a story and of a package: no policy is violated, a tap copies, a phone is enough."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from civic.kit import clock
from tests.outlets_world import TITLE, Newsroom

PHONE = {"viewport": {"width": 360, "height": 780}}


@pytest.fixture(scope="module")
def story(live_server: Any) -> dict[str, Any]:
    """A story with a picture, live on one channel: number of its page, its id, and the duty editor's session."""
    app = live_server.app
    with app.app_context():
        news = Newsroom(app)
        case = news.case()
        picture = news.picture(case)
        row = news.signed(case=case, slots=[{"media": str(picture.id), "caption": "巷口", "credit": "", "persons": "nobody"}])
        news.live(row)
        user, moment = news.users["duty"], int(clock.now().timestamp())
        said = {"_user_id": f"{user.id}:{user.session_epoch}", "_fresh": True, "t0": moment, "t1": moment}
        return {"number": news.number(row), "id": row.id, "cookie": {
            "name": app.config["SESSION_COOKIE_NAME"], "value": app.session_interface.get_signing_serializer(app).dumps(said),
            "url": live_server.url}}


def test_the_data_of_the_article_needs_no_exception_from_the_content_policy(browse: Callable[..., Any], story: dict[str, Any]) -> None:
    page = browse(**PHONE)
    answer = page.goto(f"/news/{story['number']}")
    assert "script-src 'self'" in answer.headers["content-security-policy"] and "nonce" not in answer.headers["content-security-policy"]
    found = json.loads(page.locator('script[type="application/ld+json"]').inner_text())
    assert found["headline"] == TITLE and found["isBasedOn"]
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    picture = page.locator(".news-story img").first
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 0


def test_one_tap_copies_the_text_for_a_channel(browse: Callable[..., Any], story: dict[str, Any]) -> None:
    page = browse(permissions=["clipboard-read", "clipboard-write"])
    page.context.add_cookies([story["cookie"]])
    page.goto(f"/outlets/{story['id']}/wechat")
    button = page.locator("#words").get_by_role("button", name="复制").first
    button.click()
    expect(button).to_have_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == TITLE


def test_without_scripts_everything_is_there_but_the_button(browse: Callable[..., Any], story: dict[str, Any]) -> None:
    page = browse(javascript=False, **PHONE)
    page.context.add_cookies([story["cookie"]])
    page.goto(f"/outlets/{story['id']}/wechat")
    expect(page.locator(".pack-text").first).to_have_text(TITLE)
    expect(page.get_by_role("button", name="打包带走")).to_be_visible()
    page.goto("/outlets?state=live")
    expect(page.get_by_role("link", name=TITLE).first).to_be_visible()
