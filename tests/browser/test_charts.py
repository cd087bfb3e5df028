"""A chart one can point at stands over its table; without scripts the table says all of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

SAMPLE = Path(__file__).resolve().parents[1] / "samples" / "311_queens_excerpt.csv"


@pytest.fixture(scope="module")
def source(live_server: Any) -> str:
    from civic.imports import history as importer
    from civic.insight import history
    from civic.models import HistorySource, db
    with live_server.app.app_context():
        importer.run(SAMPLE, importer.parse("311-nyc"), "queens", name="皇后区", public=True)
        history.refresh(db.session.scalars(db.select(HistorySource).where(HistorySource.code == "queens")).one())
        db.session.commit()
        db.session.remove()
    return "/figures/history/queens?cut=kind"


def test_the_chart_is_drawn_from_our_own_origin(browse: Callable[..., Any], source: str) -> None:
    page = browse(viewport={"width": 360, "height": 780}, reduced_motion="reduce")
    page.goto(source)
    figure = page.locator("figure.chart")
    expect(figure).to_have_attribute("data-state", "ready")
    canvas = figure.locator("canvas")
    expect(canvas).to_be_visible()
    assert canvas.get_attribute("aria-label")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_scripts_the_table_says_it_all(browse: Callable[..., Any], source: str) -> None:
    page = browse(javascript=False)
    page.goto(source)
    expect(page.locator("figure.chart")).to_be_hidden()
    expect(page.locator(".fig-table tbody tr").first).to_be_visible()


def test_a_missing_library_leaves_the_table(browse: Callable[..., Any], source: str) -> None:
    page = browse()
    page.route("**/vendor/chart.js-*/**", lambda route: route.fulfill(status=404, body=""))
    page.goto(source)
    expect(page.locator("figure.chart")).to_have_attribute("data-state", "off")
    expect(page.locator(".fig-table tbody tr").first).to_be_visible()
