"""The citizen's way in a real browser: on a phone, without scripts, with a big photo; and what axe says of it."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from PIL import Image

pytestmark = pytest.mark.browser

WORDS = "菜场后巷垃圾三天没清，味道很重，找过物业没人管。"


def big_photo(size: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1200, 900), "#557733").save(out, "JPEG")
    return out.getvalue() + b"\0" * size


def press(button: Any) -> None:
    """Clicks what leads to another page, and is there when it returns."""
    with button.page.expect_navigation():
        button.click()


def walk(page: Any) -> str:
    """From the first question to the receipt; the code on it."""
    page.goto("/tip")
    press(page.locator("text=没有，我要反映问题"))
    page.fill("#text", WORDS)
    press(page.locator("text=下一步：在哪里"))
    page.fill("#address", "箬横镇中心菜场后巷")
    press(page.locator("text=下一步：怎么联系"))
    press(page.locator("text=下一步：看一遍"))
    press(page.locator("button:has-text('发送')").last)
    return re.sub(r"\D", "", page.inner_text("#receipt-code"))


@pytest.mark.promise("S1")
@pytest.mark.promise("S4")
@pytest.mark.promise("S14")
@pytest.mark.parametrize("javascript", [True, False])
def test_a_tip_is_sent_and_followed_on_a_phone_without_cookies_between(browse, javascript):
    page = browse(phone=True, javascript=javascript)
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url + str(request.headers.get("referer", ""))))
    digits = walk(page)
    page.fill("#last4", digits[-4:])
    press(page.locator("button:has-text('我收好了')"))
    assert page.context.cookies() == [] and digits not in page.content()
    assert digits not in page.title() and not any(digits in address for address in addresses)
    other = browse(phone=True, javascript=javascript)
    other.goto("/follow")
    other.fill("#receipt", digits)
    press(other.locator("button:has-text('看进展')"))
    assert "编辑部收到了" in other.inner_text("h1")
    assert digits not in other.content() and digits not in other.url


def test_a_photo_of_fifty_megabytes_is_a_sentence_and_the_words_stay(browse, tmp_path):
    (tmp_path / "大.jpg").write_bytes(big_photo(49_000_000))
    page = browse(phone=True, javascript=False)
    page.goto("/tip")
    press(page.locator("text=没有，我要反映问题"))
    page.fill("#text", WORDS)
    page.set_input_files("#photos", tmp_path / "大.jpg")
    press(page.locator("text=下一步：在哪里"))
    assert "没有收下" in page.inner_text("main") and page.input_value("#text") == WORDS
    press(page.locator("text=下一步：在哪里"))
    assert page.inner_text("h1") == "在哪里？"


def test_reloading_the_receipt_sends_nothing_twice(browse, live_server):
    from sqlalchemy import func, select

    from civic.models import Tip, db

    def tips() -> int:
        with live_server.app.app_context():
            return int(db.session.scalar(select(func.count()).select_from(Tip)) or 0)
    page, before = browse(phone=True), tips()
    digits = walk(page)
    page.reload()
    assert tips() == before + 1
    assert re.sub(r"\D", "", page.inner_text("#receipt-code")) == digits


def test_the_pages_satisfy_the_accessibility_checker(browse, axe):
    page = browse(phone=True)
    page.goto("/tip")
    found = axe(page)
    press(page.locator("text=有，现在就危险"))
    found += axe(page)
    press(page.locator("text=接着反映"))
    press(page.locator("text=下一步：在哪里"))
    found += axe(page)
    page.fill("#text", WORDS + "昨晚起火了。")
    press(page.locator("text=下一步：在哪里"))
    page.fill("#address", "28.3688, 121.3617")
    press(page.locator("text=下一步：怎么联系"))
    found += axe(page)
    page.check("input[name=pick] >> nth=0")
    press(page.locator("text=下一步：怎么联系"))
    page.check("input[value=editors]")
    press(page.locator("text=下一步：看一遍"))
    found += axe(page)
    page.fill("#phone", "13857612345")
    press(page.locator("text=下一步：看一遍"))
    found += axe(page)
    press(page.locator("button:has-text('发送')").last)
    found += axe(page)
    digits = re.sub(r"\D", "", page.inner_text("#receipt-code"))
    page.goto("/follow")
    found += axe(page)
    page.fill("#receipt", digits)
    press(page.locator("button:has-text('看进展')"))
    found += axe(page)
    assert not found, "\n".join(sorted(set(found)))


@pytest.mark.parametrize("width", [320, 360, 768, 1440])
def test_no_page_is_wider_than_the_screen(browse, width):
    page = browse(viewport={"width": width, "height": 800})
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    page.goto("/tip")
    assert page.evaluate(wide) <= 0
    digits = walk(page)
    assert page.evaluate(wide) <= 0
    page.goto("/follow")
    page.fill("#receipt", digits)
    press(page.locator("button:has-text('看进展')"))
    assert page.evaluate(wide) <= 0
