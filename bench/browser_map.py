#!/usr/bin/env python3
"""Measures the map in a browser: `.venv/bin/python bench/browser_map.py --cases 4000 [--cases 1000000] [--rounds 3]`.

For each number of cases: a database of its own, the site under gunicorn, Chromium with a cold cache. «Usable» is the moment
the page says so (`data-state="ready"`: cases are drawn and answer to a click), counted from the navigation. Then the map is
dragged across the county. Headless Chromium draws WebGL in software, on the same cores: the profile therefore says how much
of the main thread's time went into our own scripts, into the map library, and into neither (drawing, layout, waiting).
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update",
         "--disable-dev-shm-usage"]
WINDOW = {"width": 1280, "height": 900}
WATCH = """
window.tasks = [];
const watch = (type, each) => new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
watch("longtask", (one) => tasks.push([one.startTime, one.duration]));
watch("mark", (one) => { window[one.name] = one.startTime; });
"""
DRAGS = 6
STEPS = 24


@contextmanager
def site(cases: int) -> Iterator[str]:
    """The address of the running site with so many cases."""
    from bench.tiles import serve, world
    from tests.databases import surroundings

    with world(cases) as (_app, url), tempfile.TemporaryDirectory() as var, ExitStack() as stack:
        environ = surroundings(url, os.environ.get("REDIS_URL", "redis://127.0.0.1:1/0"), Path(var), CIVIC_ENV="development")
        words = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "8", "-b", "127.0.0.1:{port}", "civic:create_app()"]
        address = f"http://127.0.0.1:{serve(stack, words, environ)}"
        with urlopen(f"{address}/about", timeout=120) as answer:  # noqa: S310 - our own address; the worker is ready when it answers
            answer.read()
        yield address


def drag(page: Any) -> None:
    """Drags the map to and fro, a step a frame."""
    box = page.locator(".map-canvas canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + min(box["height"], 500) / 2
    for number in range(DRAGS):
        way = 1 if number % 2 else -1
        page.mouse.move(x, y)
        page.mouse.down()
        for step in range(STEPS):
            page.mouse.move(x + way * step * 7, y + way * step * 4)
        page.mouse.up()


def shares(profile: dict[str, Any]) -> dict[str, float]:
    """Milliseconds of the main thread by whose code ran."""
    whose = {node["id"]: _owner(node["callFrame"]) for node in profile["nodes"]}
    found = {"ours": 0.0, "library": 0.0, "browser": 0.0}
    for node, micros in zip(profile["samples"], profile["timeDeltas"], strict=True):
        owner = whose[node]
        if owner:
            found[owner] += micros / 1000
    return found


def _owner(frame: dict[str, Any]) -> str:
    if "/static/vendor/" in frame["url"]:
        return "library"
    if "/static/js/" in frame["url"]:
        return "ours"
    return "" if frame["functionName"] == "(idle)" else "browser"


def once(browser: Any, url: str, address: str) -> dict[str, float]:
    """One visit with a cold cache."""
    context = browser.new_context(base_url=url, viewport=WINDOW, locale="zh-CN")
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(address, wait_until="commit")
    page.wait_for_selector(".map-frame[data-state]", timeout=120_000)
    state = page.locator(".map-frame").get_attribute("data-state")
    assert state == "ready", f"the map is {state}"
    page.wait_for_load_state("networkidle")
    usable, first = page.evaluate("[window['map:ready'] ?? performance.now(), tasks.splice(0).map((one) => one[1])]")
    tool = context.new_cdp_session(page)
    tool.send("Profiler.enable")
    tool.send("Profiler.setSamplingInterval", {"interval": 500})
    tool.send("Profiler.start")
    start = page.evaluate("performance.now()")
    drag(page)
    end, late = page.evaluate("[performance.now(), tasks.splice(0).map((one) => one[1])]")
    parts = shares(tool.send("Profiler.stop")["profile"])
    context.close()
    whole = sum(parts.values()) or 1
    return {"usable": usable, "start": max(first, default=0), "pan": max(late, default=0), "over": sum(1 for one in late if one > 200),
            "event": (end - start) / (DRAGS * STEPS), **{name: 100 * ms / whole for name, ms in parts.items()}}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=int, action="append", help="may be given several times")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--site", default="", help="the address of a running site instead of one of its own")
    parser.add_argument("--address", default="/map")
    given = parser.parse_args()
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CIVIC_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    lines = ["| cases | usable after | longest task at start | longest task panning | over 200 ms | a drag step | ours | library | browser |",
             "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for cases in given.cases or [4000]:
        with ExitStack() as stack, sync_playwright() as playwright:
            url = given.site or stack.enter_context(site(cases))
            browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
            visits = [once(browser, url, given.address) for _ in range(given.rounds + 1)][1:]
            browser.close()
        middle = {name: statistics.median(visit[name] for visit in visits) for name in visits[0]}
        worst, over = max(visit["pan"] for visit in visits), sum(visit["over"] for visit in visits)
        lines.append(f"| {cases} | {middle['usable']:.0f} ms | {middle['start']:.0f} ms | {worst:.0f} ms | {over:.0f} | "
                     f"{middle['event']:.0f} ms | {middle['ours']:.1f} % | {middle['library']:.0f} % | {middle['browser']:.0f} % |")
    print("\n" + "\n".join(lines))


if __name__ == "__main__":
    main()
