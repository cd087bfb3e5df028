"""The map in a real browser: it draws, list and pins follow one another, and without WebGL the list does."""

from __future__ import annotations

import re

import pytest

from tests.public_world import World

pytestmark = pytest.mark.browser
NO_WEBGL = """
const real = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind.startsWith("webgl") ? null : real.call(this, kind, ...rest);
};
"""


@pytest.fixture(scope="module")
def numbers(live_server):
    """Three cases far apart and two in one cell, committed."""
    from civic.models import db
    with live_server.app.app_context():
        world = World()
        spots = {"east": (121.56, 28.40), "north": (121.36, 28.50), "south": (121.40, 28.32)}
        found = {name: world.case(f"{name} 的一件事", lng=lng, lat=lat).number for name, (lng, lat) in spots.items()}
        found["twin"] = world.case("同一格子里的另一件", lng=121.56002, lat=28.40002).number
        db.session.commit()
    return found


def ready(page, address="/map"):
    page.goto(address)
    page.wait_for_selector(".map-frame[data-state]", timeout=30_000)
    return page.locator(".map-frame").get_attribute("data-state")


def test_the_map_draws_and_counts_what_the_list_counts(page, numbers):
    assert ready(page) == "ready"
    assert page.locator(".map-canvas canvas").count() == 1
    assert "图上这一片 4 件，共 4 件" in page.locator(".map-count").inner_text()
    assert page.locator(".map-row:visible").count() == 4


def test_a_row_under_the_finger_or_the_keyboard_is_lit(page, numbers):
    ready(page)
    row = page.locator(f"#case-{numbers['north']}")
    row.hover()
    assert "lit" in row.get_attribute("class")
    page.locator(f"#case-{numbers['south']} a").focus()
    assert "lit" in page.locator(f"#case-{numbers['south']}").get_attribute("class")


def test_the_address_holds_the_view_and_the_list_follows_it(page, numbers):
    ready(page, "/map#view=13/28.5/121.36")
    assert "图上这一片 1 件，共 4 件" in page.locator(".map-count").inner_text()
    assert page.locator(".map-row:visible").count() == 1
    page.get_by_label("名单跟着地图走").uncheck()
    assert page.locator(".map-row:visible").count() == 4
    page.locator(".map-canvas canvas").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"#view="))


def test_a_link_to_a_case_opens_it_on_the_map(page, numbers):
    ready(page, f"/map#case-{numbers['south']}")
    card = page.locator(".map-card")
    assert card.locator("a").get_attribute("href").endswith(f"/cases/{numbers['south']}")
    page.keyboard.press("Escape")
    assert card.count() == 0


def test_two_cases_of_one_cell_open_as_a_list(page, numbers):
    ready(page, "/map#view=14.9/28.4005/121.5605")
    box = page.locator(".map-canvas canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector(".map-card")
    assert "这里有 2 件" in page.locator(".map-card").inner_text()


def test_without_webgl_the_list_takes_over(browse, numbers):
    page = browse()
    page.add_init_script(NO_WEBGL)
    assert ready(page) == "off"
    assert "名单是一样的" in page.locator(".map-frame").inner_text() and page.locator(".map-row:visible").count() == 4
    picture = page.get_by_role("img", name="公开案件的地图")
    assert picture.is_visible() and picture.locator(".still-dot").count() == 4


def test_without_webgl_the_picture_and_the_list_are_filtered_alike(browse, numbers, axe):
    page = browse()
    page.add_init_script(NO_WEBGL)
    assert ready(page, "/map?town=331081103&state=open") == "off"
    assert page.locator(".still-dot").count() == page.locator(".map-row").count() > 0
    assert axe(page) == []
    page.get_by_label("进度").select_option("closed")
    page.get_by_role("button", name="筛选").click()
    page.wait_for_url(re.compile("state=closed"))
    page.wait_for_selector(".map-frame[data-state=off]")
    assert page.locator(".still-dot").count() == page.locator(".map-row").count() == 0


def press_until(page, key, found, most=200):
    """Presses a key until a look at the page says yes; the keyboard is all there is."""
    for _ in range(most):
        if found():
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} never got there")


def test_without_webgl_the_keyboard_finds_and_opens_a_given_case(browse, numbers):
    page = browse()
    page.add_init_script(NO_WEBGL)
    assert ready(page) == "off"
    press_until(page, "Tab", lambda: page.evaluate("() => document.activeElement.closest('.map-row')?.dataset.number") == numbers["south"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{numbers['south']}")


def test_the_keyboard_alone_finds_a_given_case_on_the_map_and_opens_it(page, numbers):
    ready(page, "/map#view=13.5/28.5003/121.3605")
    press_until(page, "Tab", lambda: page.evaluate("() => document.activeElement.matches('.map-canvas canvas')"))
    page.keyboard.press("Enter")
    page.wait_for_selector(".map-case")
    press_until(page, "Tab", lambda: page.evaluate("() => !!document.activeElement.closest('.map-case')"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{numbers['north']}")


def test_other_looks_time_and_comparison_are_kept_in_the_address(page, numbers, axe):
    ready(page)
    page.get_by_label("各镇街").check()
    page.wait_for_selector(".map-table tbody tr", state="attached")
    page.get_by_text("列成表").click()
    assert sum(int(cell) for cell in page.locator(".map-table td:nth-child(2)").all_inner_texts()) == 4
    assert "look=towns" in page.url and axe(page) == []
    month = page.locator("#map-than option").nth(1).get_attribute("value")
    page.select_option("#map-than", month)
    page.wait_for_selector(".map-table th:nth-child(4)")
    page.get_by_label("网格").check()
    page.get_by_label("立案月份").fill("1")
    page.get_by_text("图上这一片 0 件").wait_for()
    assert re.search(r"month=20\d\d-\d\d", page.url) and "look=hexes" in page.url
    page.reload()
    page.wait_for_selector(".map-frame[data-state=ready]", timeout=30_000)
    assert page.get_by_label("网格").is_checked() and page.locator("#map-month").input_value() == "1"


def test_a_town_on_the_map_leads_to_its_page(page, numbers):
    ready(page, "/map#view=14/28.4068/121.5458")
    canvas = page.locator(".map-canvas canvas")
    box = canvas.bounding_box()
    spots = [(x, y) for y in range(20, int(box["height"]) - 20, 6) for x in range(20, int(box["width"]) - 60, 12)]
    middle = (box["width"] / 2, box["height"] / 2)
    for x, y in sorted(spots, key=lambda spot: (spot[0] - middle[0]) ** 2 + (spot[1] - middle[1]) ** 2)[:400]:
        page.mouse.move(box["x"] + x, box["y"] + y)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        if canvas.evaluate("one => one.style.cursor") == "pointer":
            break
    page.mouse.click(box["x"] + x, box["y"] + y)
    page.locator(".map-card h3").wait_for()
    page.get_by_role("link", name="这一片的页面").click()
    page.wait_for_url(re.compile(r"/areas/town/3310811?\d+"))


def test_a_place_that_is_looked_for_moves_the_map(page, numbers):
    ready(page)
    field = page.get_by_role("combobox", name="找一个地方")
    field.fill("songmen")
    page.locator(".place-list").get_by_role("option", name="松门镇").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".map-card").wait_for()
    assert "松门镇" in page.locator(".map-card h3").inner_text()
    page.wait_for_url(re.compile(r"/map#view=12\.2/28\.3\d+/121\.[56]"))


def test_without_script_the_place_search_is_a_list_that_leads_back_to_the_map(browse, numbers):
    page = browse(javascript=False)
    page.goto("/map")
    page.get_by_label("找一个地方").fill("松门镇")
    page.get_by_role("button", name="找", exact=True).click()
    page.get_by_role("link", name="到地图上看").first.click()
    page.wait_for_url(re.compile(r"/map\?town=331081102"))


def test_the_card_of_a_case_is_in_the_address_and_there_again_after_back(page, numbers):
    ready(page, f"/map#case-{numbers['south']}")
    page.wait_for_url(re.compile(r"case="))
    page.locator(".map-card a").click()
    page.wait_for_url(f"**/cases/{numbers['south']}")
    page.go_back()
    page.wait_for_selector(".map-frame[data-state=ready]")
    assert page.locator(".map-card a").get_attribute("href").endswith(f"/cases/{numbers['south']}")


@pytest.mark.parametrize("look", ["cases", "heat", "hexes", "towns"])
@pytest.mark.parametrize("phone", [False, True])
def test_every_look_is_without_accessibility_fault(browse, numbers, axe, look, phone):
    page = browse(phone=phone)
    ready(page, f"/map#look={look}")
    page.wait_for_load_state("networkidle")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_script_the_list_is_all_there(browse, numbers):
    page = browse(javascript=False)
    page.goto("/map?q=另一件")
    assert page.locator(".map-row").count() == 1


def test_the_map_goes_dark_with_the_page(browse, numbers):
    page = browse(color_scheme="light")
    ready(page)
    before = page.locator(".map-frame").screenshot()
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(600)
    assert page.locator(".map-frame").screenshot() != before


def test_around_me_sorts_the_list_and_sends_nothing(browse, numbers):
    page = browse(geolocation={"latitude": 28.32, "longitude": 121.40}, permissions=["geolocation"])
    ready(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="我附近").click()
    page.wait_for_selector(".map-away:visible")
    assert page.locator(".map-row").first.get_attribute("data-number") == numbers["south"]
    assert not [url for url in asked if "28.3" in url.split("#")[0] or "121.4" in url.split("#")[0]]


def test_no_accessibility_fault_on_the_public_pages(page, numbers, axe):
    for address in ("/", "/cases", f"/cases/{numbers['east']}", "/departments", "/about"):
        page.goto(address)
        assert axe(page) == [], address
    ready(page)
    assert axe(page) == []


# -- the place picker of the citizen's form ---------------------------------------------------------------------------


def where_step(page):
    page.goto("/tip")
    page.click("text=没有，我要反映问题")
    page.fill("#text", "菜场后巷垃圾三天没清，味道很重，找过物业没人管。")
    page.click("text=下一步：在哪里")
    page.locator("[data-place-tools]").scroll_into_view_if_needed()


@pytest.mark.promise("S14")
def test_a_citizen_points_at_the_place_and_nothing_is_sent_before_the_form(browse, numbers):
    page = browse(phone=True)
    where_step(page)
    page.wait_for_selector("[data-place-map][data-state=ready]", timeout=30_000)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    box = page.locator("[data-place-map] canvas").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector(".place-said:not([hidden])")
    assert re.match(r"121\.\d+", page.input_value("#lng")) and page.input_value("#datum") == "wgs84"
    assert "一带" in page.inner_text(".place-said") and asked == [] and page.context.cookies() == []
    page.click("text=去掉图上的点")
    assert page.input_value("#lng") == ""


def test_the_keyboard_alone_can_set_the_point(page, numbers):
    where_step(page)
    page.wait_for_selector("[data-place-map][data-state=ready]", timeout=30_000)
    page.locator("[data-place-map] canvas").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(500)
    page.keyboard.press("Enter")
    page.wait_for_selector(".place-said:not([hidden])")
    assert page.input_value("#source") == "map" and page.input_value("#lat").startswith("28.")


def test_the_phones_position_outside_the_county_is_said_and_another_reading_offered(browse, numbers):
    page = browse(phone=True, geolocation={"latitude": 39.9, "longitude": 116.4}, permissions=["geolocation"])
    where_step(page)
    page.click("text=用我现在的位置")
    page.wait_for_selector(".place-said.far")
    assert "不在本县" in page.inner_text(".place-said")


def test_where_no_map_can_be_drawn_the_fields_are_still_there(browse, numbers):
    page = browse(phone=True)
    page.add_init_script(NO_WEBGL)
    where_step(page)
    page.wait_for_selector(".place-said:not([hidden])", timeout=30_000)
    assert "在下面写就行" in page.inner_text(".place-said") and page.locator("#address").is_visible()
