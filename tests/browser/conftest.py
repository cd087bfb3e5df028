"""What browser tests share: a picture and the text of every open page when a test fails, under var/test-failures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parents[1] / "var" / "test-failures"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report: Any = yield
    browser = getattr(item, "funcargs", {}).get("browser")
    if report.when == "call" and report.failed and browser is not None:
        name = re.sub(r"[^\w-]+", "-", item.name)
        _keep(browser, name)
        server = item.funcargs.get("live_server")
        if server is not None:
            (FOLDER / f"{name}-server.txt").write_text(server.log.read_text(errors="replace")[-20_000:], encoding="utf-8")
    return report


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """A browser on a machine at its limit may miss its time: a test that fails gets one more go, and the summary tells of it."""
    from playwright.sync_api import expect

    expect.set_options(timeout=20_000)
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.flaky(reruns=1))


def _keep(browser: Any, name: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob(f"{name}-*"):
        old.unlink()
    for number, context in enumerate(browser.contexts):
        for page in context.pages:
            page.screenshot(path=FOLDER / f"{name}-{number}.png", full_page=True)
            (FOLDER / f"{name}-{number}.txt").write_text(f"{page.url}\n{page.inner_text('body')}", encoding="utf-8")
