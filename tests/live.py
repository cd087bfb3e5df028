"""A real server and a real browser: gunicorn on a database of its own, Debian's Chromium through Playwright."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

import pytest

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
]
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 900}}


@dataclass
class LiveServer:
    """``url`` without a slash at its end; ``app`` is a second application on the same database, for making rows."""

    url: str
    app: Any
    environ: dict[str, str]
    log: Path
    clock: Path

    def ahead(self, days: float) -> None:
        """Sets the clock of a server of a module with ``CLOCKED = True`` so many days ahead of now."""
        self.clock.write_text(str(days * 86_400))

    def flask(self, *words: str) -> str:
        """Runs a command of the program on this server's database."""
        from tests.databases import flask

        return flask(self.environ, *words)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until a page has been answered: the port is open long before the worker behind it has made its application."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the web server ended while starting:\n{log.read_text()[-4000:]}")
        with suppress(OSError, http.client.HTTPException), closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
            line.request("GET", "/about")
            if line.getresponse().status < 500:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the web server did not start:\n{log.read_text()[-4000:]}")


@pytest.fixture(scope="module")
def live_server(databases: Any, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    """The site as it runs in life, with CSRF on, for one module of tests; commits are real."""
    import config
    from civic import create_app
    from tests.databases import redis_number, surroundings

    var = tmp_path_factory.mktemp("live")
    with ExitStack() as stack:
        database_url = stack.enter_context(databases.clone())
        redis_url = stack.enter_context(redis_number(databases.place, databases.servers.redis_url))
        _flush(redis_url)
        port, log = _free_port(), var / "web.log"
        url = f"http://127.0.0.1:{port}"
        environ = surroundings(
            database_url, redis_url, var, CIVIC_ENV="development", CIVIC_BASE_URL=url, CIVIC_MAIL="file",
            **getattr(request.module, "settings_of", lambda _var: {})(var),  # a module's own settings of the site
        )
        app = create_app(config.load(environ))
        command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "1", "--threads", "8"]
        clocked, clock = getattr(request.module, "CLOCKED", False), var / "clock"
        site = "tests.clocked:site()" if clocked else "civic:create_app()"
        command += ["--bind", f"127.0.0.1:{port}", "--graceful-timeout", "2", site]
        out = stack.enter_context(log.open("wb"))
        process = subprocess.Popen(command, cwd=ROOT, env={**environ, "CIVIC_TEST_CLOCK": str(clock)}, stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=out)
        stack.callback(_end, process, app)
        _wait(port, process, log)
        yield LiveServer(url, app, environ, log, clock)


def _flush(redis_url: str) -> None:
    from redis import Redis

    with Redis.from_url(redis_url) as line:
        line.flushdb()


def _end(process: subprocess.Popen[bytes], app: Any) -> None:
    from civic.models import db

    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


LISTENS = "html[data-ready], html:not(:has(head script[type=module]))"
"""A page whose scripts have all begun to listen (app.js says so), or one without any."""
ACTS = ("check", "click", "fill", "press", "press_sequentially", "select_option", "set_input_files", "tap", "uncheck")


def _patiently(act: Callable[..., Any], silent: WeakSet[Any]) -> Callable[..., Any]:
    """An act of the driver that waits for the page's scripts before, and for the page it leads to after: a person is not quicker.

    What happens to somebody quicker is a matter of tests of its own (`test_typed_before_the_scripts_came`).
    """
    from playwright.sync_api import Error

    @wraps(act)
    def waits(self: Any, *args: Any, **options: Any) -> Any:
        if self.page.context not in silent:
            with suppress(Error):  # a page that never gets there fails at the act itself, with its own words
                self.page.locator(LISTENS).wait_for(state="attached", timeout=10_000)
        done = act(self, *args, **options)
        with suppress(Error):  # the driver waits for the next page to begin; what is asked next may lie at its end
            self.page.wait_for_load_state("domcontentloaded")
        return done

    return waits


@pytest.fixture(scope="session")
def without_scripts() -> Iterator[WeakSet[Any]]:
    """The browser contexts that run no scripts; in all others every act waits until the page listens."""
    from playwright.sync_api import Locator

    silent: WeakSet[Any] = WeakSet()
    patch = pytest.MonkeyPatch()
    for name in ACTS:
        patch.setattr(Locator, name, _patiently(getattr(Locator, name), silent))
    yield silent
    patch.undo()


@pytest.fixture(scope="session")
def browser(without_scripts: WeakSet[Any]) -> Iterator[Any]:
    """The system's Chromium, headless."""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CIVIC_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "Chromium is missing: `python3 tools/bootstrap.py --tests` installs it"
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        yield chrome
        chrome.close()


@pytest.fixture
def browse(browser: Any, without_scripts: WeakSet[Any], live_server: LiveServer) -> Iterator[Callable[..., Any]]:
    """``browse(phone=False, javascript=True, **options)``: a fresh page of a person with cookies of their own.

    Fails the test on an uncaught script error, a violated content policy, or a request to another host.
    """
    contexts, troubles = [], []

    def note(message: Any) -> None:
        if "Content Security Policy" in message.text:
            troubles.append(f"console: {message.text}")

    def ask(request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and f"{parts.scheme}://{parts.netloc}" != live_server.url:
            troubles.append(f"request to {request.url}")

    def make(phone: bool = False, javascript: bool = True, **options: Any) -> Any:
        shape = {**(PHONE if phone else DESK), "locale": "zh-CN", "timezone_id": "Asia/Shanghai", **options}
        context = browser.new_context(base_url=live_server.url, java_script_enabled=javascript, **shape)
        context.set_default_timeout(15_000)
        contexts.append(context)
        if not javascript:
            without_scripts.add(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
        page.on("console", note)
        page.on("request", ask)
        return page

    yield make
    for context in contexts:
        context.close()
    assert not troubles, "\n".join(troubles)


@pytest.fixture
def page(browse: Callable[..., Any]) -> Any:
    """One desktop page."""
    return browse()


@pytest.fixture(scope="session")
def axe() -> Callable[..., list[str]]:
    """``axe(page)``: what the accessibility checker finds wrong (WCAG 2.2 A and AA), one line a finding."""
    source = (ROOT / "var" / "test-assets" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")

    def check(page: Any) -> list[str]:
        page.evaluate(source)  # through the debugger: the page's content policy stays as it is
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
        found = page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", tags)
        return [
            f"{item['id']}: {item['help']} — {node['html'][:160]}"
            for item in found["violations"]
            for node in item["nodes"]
        ]

    return check
