"""An operator's own base in a browser: a small PMTiles file made here draws, and its approval number stands in the footer."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from civic.cases.tile_read import mercator
from tests.pmtiles_file import write

pytestmark = pytest.mark.browser
NUMBER = "浙S（2026）88号"
PLAIN = (60, 120, 200)
ZOOMS = range(7, 11)


def settings_of(var: Path) -> dict[str, str]:
    """A base of blue squares over the county."""
    picture = io.BytesIO()
    Image.new("RGB", (256, 256), PLAIN).save(picture, "PNG")
    half, tiles = 20037508.342789244, {}
    for zoom in ZOOMS:
        size = 2 * half / (1 << zoom)
        west, north = mercator(120.9, 28.75)
        east, south = mercator(121.9, 28.0)
        for x in range(int((west + half) / size), int((east + half) / size) + 1):
            for y in range(int((half - north) / size), int((half - south) / size) + 1):
                tiles[zoom, x, y] = picture.getvalue()
    file = write(var / "base.pmtiles", tiles, kind=2, metadata={"attribution": "测试底图"})
    return {"CIVIC_MAP_BASE": f"pmtiles:{file}", "CIVIC_MAP_APPROVAL": NUMBER}


def blue(page) -> float:
    """The share of the map that is as blue as the base, less what the map takes away from its colours."""
    data = Image.open(io.BytesIO(page.locator(".map-canvas canvas").screenshot())).convert("RGB").resize((80, 80))
    points = [data.getpixel((x, y)) for x in range(80) for y in range(80)]
    return sum(b > r + 40 and b > g + 15 for r, g, b in points) / len(points)


def test_an_operators_file_draws_under_the_cases_with_its_number(page):
    page.goto("/map")
    page.wait_for_selector(".map-frame[data-state=ready]", timeout=30_000)
    page.wait_for_load_state("networkidle")
    assert blue(page) > 0.5
    foot = page.locator(".map-foot")
    assert NUMBER in foot.inner_text() and "测试底图" in foot.inner_text() and "示意图" not in foot.inner_text()


def test_the_number_stands_there_without_webgl_too(browse):
    page = browse(javascript=False)
    page.goto("/map")
    assert NUMBER in page.locator(".map-foot").inner_text()
