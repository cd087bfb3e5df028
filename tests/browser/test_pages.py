"""Every main page as people meet it: narrow and wide, light and dark, by keyboard, on paper, with parts of the browser missing.

The fixture ``browse`` fails a test on a violated content policy, a script error, or a request to another host.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import world

WIDTHS = (360, 768, 1440)
CHECKED = ((360, "light"), (1440, "light"), (360, "dark"))
"""Where the accessibility checker looks: both shapes of a page, and the dark colours once."""
PAGES = (
    ("", "/"), ("", "/cases"), ("", "/cases?q=没有这样的词"), ("", "case"), ("", "solved"), ("", "/map"), ("", "/squads"),
    ("", "squad"), ("", "/departments"), ("", "/departments/D20"), ("", "/ledger"), ("", "/promises"), ("", "/stubborn"), ("", "/about"),
    ("", "/login"), ("", "/figures"), ("", "/figures/departments?p=all"), ("", "/figures/about"), ("", "/figures/history"), ("", "/lists"),
    ("", "/figures/report/2026-10"),
    ("", "/tip"), ("", "/follow"), ("", "/cases/XX-2026-0001"),
    ("duty", "/desk"), ("duty", "/desk/cases"), ("duty", "desk-case"), ("duty", "/desk/stubborn"), ("duty", "/desk/tips"), ("duty", "tip"),
    ("duty", "/desk/tips/new"), ("duty", "/account"), ("writer", "/tasks"), ("writer", "task"), ("writer", "task/check-in"),
    ("writer", "task/submit"), ("lead", "/squad"), ("officer", "/orders"), ("officer", "order"), ("officer", "order/answer"),
    ("officer", "/orders/digest"), ("officer", "/orders/roster"), ("officer", "/orders/handover"), ("officer", "/orders/paragraphs"),
    ("officer", "/orders/export"), ("officer", "order/links"), ("duty", "/orders/roster"), ("", "once"), ("", "/once/never-made"),
    ("supervisor", "/supervision"), ("duty", "/stories"), ("reader", "story"), ("writer", "/stories/new"),
    ("admin", "/admin"), ("admin", "/admin/users"), ("admin", "/admin/county"),
)


@pytest.fixture(scope="module")
def places(live_server: Any) -> dict[str, str]:
    world.people(live_server.app)
    return world.small(live_server.app)


@pytest.fixture
def visit(browse: Callable[..., Any], live_server: Any, places: dict[str, str]) -> Callable[..., Page]:
    """``visit("duty", "desk-case")``: the page in front of this person; an address or the name of one of `places`."""

    def go(login: str, target: str, **shape: Any) -> Page:
        page: Page = browse(**shape)
        if login:
            page.context.add_cookies([{**world.cookie(live_server.app, login), "url": live_server.url}])
        name, _, rest = target.partition("/")
        page.goto(f"{places[name]}/{rest}".rstrip("/") if name in places else target)
        return page

    return go


@pytest.mark.parametrize(("login", "target"), PAGES, ids=[f"{login or 'anybody'}-{target}" for login, target in PAGES])
def test_fits_and_is_accessible(login: str, target: str, visit: Callable[..., Page], axe: Callable[..., list[str]]) -> None:
    """No sideways scrolling at any width, nothing for the accessibility checker, in light and in dark; a title of its own."""
    page = visit(login, target, viewport={"width": 360, "height": 780}, reduced_motion="reduce")
    found: list[str] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 780})
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                found.append(f"{width} px: the page is {wide} px wide, by {_widest(page, width)}")
            if (width, scheme) in CHECKED:
                found += [f"{width} px, {scheme}: {line}" for line in axe(page)]
    assert not found, "\n".join(dict.fromkeys(found))
    assert page.title().strip() and page.get_by_role("heading", level=1).count() == 1
    assert page.get_by_role("main").count() == 1


def _widest(page: Page, width: int) -> str:
    """Which element sticks out the most."""
    return str(page.evaluate(
        """width => { let worst = null, most = width;
        for (const one of document.querySelectorAll('body *')) { const right = one.getBoundingClientRect().right;
        if (right > most + 0.5) { most = right; worst = one; } }
        return worst ? worst.outerHTML.slice(0, 160) : 'nothing in sight'; }""", width))


def test_a_case_is_found_and_opened_by_keyboard(visit: Callable[..., Page]) -> None:
    """Skip link first; then the search box; then the case: each with a focus one can see."""
    page = visit("", "/cases")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("跳到正文")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('type')") == "search":
            break
    _focus_is_visible(page)
    page.keyboard.type("斑马线")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q="))
    for _ in range(80):
        page.keyboard.press("Tab")
        if "斑马线" in page.evaluate("document.activeElement.textContent") and page.evaluate(
                "document.activeElement.pathname || ''").startswith("/cases/"):
            break
    _focus_is_visible(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("斑马线")


def _focus_is_visible(page: Page) -> None:
    style = page.evaluate("(s => [s.outlineStyle, parseFloat(s.outlineWidth), s.boxShadow])(getComputedStyle(document.activeElement))")
    assert (style[0] != "none" and style[1] >= 1) or style[2] != "none", style


def test_the_desk_is_worked_by_letters(visit: Callable[..., Page]) -> None:
    """j goes down the queue, Enter opens what it stands on."""
    page = visit("duty", "/desk")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("j")
    expect(page.get_by_role("list", name="等我处理的事").get_by_role("link").and_(page.locator(":focus"))).to_be_visible()
    before = page.url
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(before)


def test_the_map_shows_pins_beside_an_equal_list(visit: Callable[..., Page]) -> None:
    page = visit("", "/map")
    expect(page.locator("[data-module~=map]")).to_have_attribute("data-state", "ready", timeout=30_000)
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"图上这一片 [1-9]\d* 件"))
    expect(page.locator("[data-module~=map] canvas")).to_have_count(1)
    expect(page.get_by_role("link", name="斑马线").first).to_be_visible()


def test_the_map_page_serves_without_webgl(visit: Callable[..., Page], browse: Callable[..., Any]) -> None:
    """No graphics: the list is all one needs, and a sentence says why there is no map."""
    page: Page = browse()
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null; delete window.WebGL2RenderingContext;")
    page.goto("/map")
    expect(page.get_by_role("main")).to_contain_text("画不了能拖动的地图")
    page.get_by_role("link", name="斑马线").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("斑马线")


def test_words_survive_an_error_and_the_way_back(visit: Callable[..., Page]) -> None:
    page = visit("", "/tip", phone=True)
    page.get_by_role("button", name="没有，我要反映问题").click()
    words = "太短"
    page.get_by_label("发生了什么").fill(words)
    page.get_by_role("button", name="下一步：在哪里").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.get_by_label("发生了什么")).to_have_value(words)
    words = "菜场后巷的垃圾三天没有人清，夏天臭味进屋。"
    page.get_by_label("发生了什么").fill(words)
    page.get_by_role("button", name="下一步：在哪里").click()
    page.get_by_label("地址").fill("农商银行对面")
    page.get_by_role("button", name="返回").click()
    expect(page.get_by_label("发生了什么")).to_have_value(words)
    page.get_by_role("button", name="下一步：在哪里").click()
    expect(page.get_by_label("地址")).to_have_value("农商银行对面")
    assert page.context.cookies() == []


@pytest.mark.parametrize(("login", "target"), [("", "case"), ("duty", "desk-case"), ("duty", "/desk/stubborn"), ("officer", "order/print")])
def test_prints(login: str, target: str, visit: Callable[..., Page]) -> None:
    """On paper: the words and both lanes, without navigation and buttons, not wider than the sheet."""
    page = visit(login, target, viewport={"width": 720, "height": 1000})
    page.emulate_media(media="print", color_scheme="dark")
    assert page.get_by_role("navigation").filter(visible=True).count() == 0
    assert page.locator("main button, main .btn").filter(visible=True).count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 720
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")
