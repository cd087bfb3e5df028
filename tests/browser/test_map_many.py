"""The map with thousands of cases: it comes to rest, it keeps the view, and our scripts do nothing while it is dragged."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import TimeoutError as NothingCame
from playwright.sync_api import expect

from bench.browser_map import drag, shares

pytestmark = pytest.mark.browser
MANY = 4_000


@pytest.fixture(scope="module", autouse=True)
def crowd(live_server):
    from civic.demo import bench
    with live_server.app.app_context():
        bench.seed(MANY)


def ready(page, address="/map"):
    page.goto(address)
    page.wait_for_selector(".map-frame[data-state=ready]", timeout=60_000)


def test_the_map_comes_to_rest_and_asks_for_nothing_again(page):
    """Tiles are kept for five seconds; the library used to fetch every tile in sight anew each time they had run out."""
    tiles, rows = [], []
    page.on("request", lambda one: tiles.append(one.url) if ".mvt" in one.url else rows.append(one.url) if "rows.json" in one.url else None)
    ready(page)
    page.wait_for_load_state("networkidle")
    with pytest.raises(NothingCame):
        page.wait_for_event("request", lambda one: ".mvt" in one.url or "rows.json" in one.url, timeout=7_000)
    assert tiles and len(tiles) == len(set(tiles)) and rows == []


def test_dragging_runs_next_to_nothing_of_ours(page):
    ready(page)
    page.wait_for_load_state("networkidle")
    tool = page.context.new_cdp_session(page)
    tool.send("Profiler.enable")
    tool.send("Profiler.start")
    drag(page)
    spent = shares(tool.send("Profiler.stop")["profile"])
    assert spent["ours"] < 0.05 * sum(spent.values()), spent


def test_the_view_is_in_the_address_and_survives_a_case_the_back_button_and_other_filters(page):
    ready(page, "/map#view=12.5/28.3688/121.3617")
    page.locator(".map-canvas canvas").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"#view=12\.5/28\.\d+/121\.(?!3617)"))
    there = page.url
    page.locator(".map-row:visible a").first.click()
    page.wait_for_url(re.compile(r"/cases/BENCH-"))
    page.go_back()
    page.wait_for_selector(".map-frame[data-state=ready]", timeout=60_000)
    assert page.url == there
    page.get_by_label("进度").select_option("open")
    page.get_by_role("button", name="筛选").click()
    page.wait_for_url(re.compile(r"state=open.*#view=12\.5/"))
    page.wait_for_selector(".map-frame[data-state=ready]", timeout=60_000)


def test_seen_from_far_the_cells_are_put_together_and_say_how_wide_they_are(page):
    ready(page, "/map#look=hexes")
    expect(page.locator(".map-key")).to_contain_text("每格宽 2 公里")
    page.goto("/map#view=14/28.3688/121.3617&look=hexes")
    page.reload()
    page.wait_for_selector(".map-frame[data-state=ready]", timeout=60_000)
    expect(page.locator(".map-key")).to_contain_text("每格宽 500 米")


def test_around_me_lists_what_is_near_and_tells_the_square_only(browse):
    page = browse(geolocation={"latitude": 28.36881, "longitude": 121.36171}, permissions=["geolocation"])
    ready(page)
    asked = []
    page.on("request", lambda one: asked.append(one.url) if "rows.json" in one.url else None)
    page.get_by_role("button", name="我附近").click()
    page.wait_for_selector(".map-away:visible")
    said = [parse_qs(urlsplit(url).query)["box"][0] for url in asked if "box=" in url]
    boxes = [[float(part) for part in box.split(",")] for box in said]
    assert boxes and all(east - west > 0.17 and north - south > 0.15 for west, south, east, north in boxes)
    away = [float(text.split()[0]) * (1000 if "公里" in text else 1) for text in page.locator(".map-away").all_inner_texts() if text]
    assert away == sorted(away)


def test_without_script_the_picture_counts_by_town_and_leads_on(browse):
    page = browse(javascript=False)
    page.goto("/map?state=closed")
    picture = page.get_by_role("group", name="公开案件的地图")
    counts = [int(text) for text in picture.locator(".still-count").all_text_contents()]
    total = int(re.search(r"共 ([\d,]+) 件", page.inner_text(".map-list"))[1].replace(",", ""))
    assert sum(counts) == total > 500
    picture.get_by_role("link", name=re.compile("箬横镇")).click()
    page.wait_for_url(re.compile("town=331081103"))
    assert "state=closed" in page.url and page.locator(".map-row").count() > 0
