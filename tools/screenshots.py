#!/usr/bin/env python3
"""`make screenshots`: the pictures of the README, taken of the demonstration world on a database of their own.

``--all FOLDER`` takes every page of interest instead, 360 and 1440 wide, light and dark, for people who look at looks.
``--only WORD`` keeps to the pages with this word in their name. ``--keep`` leaves the database for the next time.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import io
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import embedded  # noqa: E402 - found by the line above

OUT = ROOT / "docs" / "screenshots"
DATABASE = "civic_screenshots"
REDIS_NUMBER = 0
WIDTHS = (360, 1440)
HEIGHTS = {360: 1800, 1440: 1500}
"""A picture shows at most so much of a page: the README wants the look of it, not its end."""
MOST = 120_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
         "--disable-component-update", "--disable-dev-shm-usage", "--font-render-hinting=none"]


@dataclass(frozen=True)
class Shot:
    """A page: its name, the role that looks (empty for everybody), and how to get there."""

    name: str
    role: str
    go: Callable[[Any], None]
    readme: bool = False


def to(path: str) -> Callable[[Any], None]:
    """Straight to an address."""
    return lambda page: page.goto(path)


def first(path: str, pattern: str, then: str = "") -> Callable[[Any], None]:
    """To the first link on the page at `path` whose address matches, with `then` hung on."""

    def go(page: Any) -> None:
        page.goto(path)
        links = page.eval_on_selector_all("main a[href]", "all => all.map(one => one.getAttribute('href'))")
        found = [link for link in links if re.search(pattern, link)]
        if not found:
            raise LookupError(f"no link like {pattern} on {path}")
        page.goto(found[0].split("#")[0].split("?")[0] + then)

    return go


def tip_step(step: str) -> Callable[[Any], None]:
    """Through the form of a citizen up to a step."""

    def go(page: Any) -> None:
        page.goto("/tip")
        if step == "emergency":
            return
        page.get_by_role("button", name="没有，我要反映问题").click()
        if step == "what":
            return
        page.get_by_label("发生了什么").fill("菜场后巷的垃圾三天没人清了，夏天臭味进屋，开不了窗，找过物业没人管。")
        page.get_by_role("button", name="下一步：在哪里").click()
        if step == "where":
            return
        page.get_by_label("地址").fill("中心菜场后巷，农商银行对面")
        page.get_by_role("button", name="下一步：怎么联系").click()
        if step == "contact":
            return
        page.get_by_role("radio", name="匿名").check()
        page.get_by_role("button", name="下一步：看一遍").click()
        if step == "check":
            return
        page.get_by_role("button", name="发送", exact=True).click()
        if step == "receipt":
            return
        slip = page.get_by_role("region", name="回执").inner_text()
        found = re.search(r"(?:\d{4}\s+){4}\d{4}", slip)
        page.goto("/follow")
        page.get_by_label("查询码").fill(found[0] if found else "")
        page.get_by_role("button", name="看进展").click()

    return go


def still(page: Any) -> None:
    """The map of a device without WebGL."""
    page.add_init_script("const real = HTMLCanvasElement.prototype.getContext; HTMLCanvasElement.prototype.getContext = "
                         "function (kind, ...rest) { return kind.startsWith('webgl') ? null : real.call(this, kind, ...rest); };")
    page.goto("/map")
    page.wait_for_selector(".map-frame[data-state=off]")


def compared(page: Any) -> None:
    """The map by town, two months compared."""
    page.goto("/map#look=towns")
    page.wait_for_selector(".map-frame[data-state=ready]")
    page.get_by_label("和哪个月比").select_option(index=2)
    page.get_by_text("列成表").click()


def on_map(page: Any) -> None:
    """A solved case on the map, its card open; of several one with pictures from before and after."""
    page.goto("/cases?state=closed&outcome=resolved")
    links = page.eval_on_selector_all("main a[href]", "all => all.map(one => one.getAttribute('href'))")
    numbers = [link.rsplit("/", 1)[1] for link in dict.fromkeys(links) if re.search(CASE, link)]
    for number in numbers[:10]:
        page.goto("about:blank")
        page.goto(f"/map#case-{number}")
        page.wait_for_selector(".map-card")
        if page.locator(".map-card .pair").count():
            return


CASE = r"^/cases/[A-Z]+-\d{4}-\d+$"
SHOTS = (
    Shot("home", "", to("/"), readme=True),
    Shot("cases", "", to("/cases"), readme=True),
    Shot("case-late", "", first("/cases?state=open&late=1", CASE)),
    Shot("case", "", first("/cases?stage=closed&outcome=resolved&news=1", CASE), readme=True),
    Shot("case-working", "", first("/cases?stage=with_department", CASE)),
    Shot("map", "", to("/map"), readme=True),
    Shot("map-filtered", "", to("/map?state=open&late=1")),
    Shot("map-pins", "", to("/map#view=13/28.3688/121.3617")),
    Shot("map-heat", "", to("/map#look=heat")),
    Shot("map-cells", "", to("/map#look=hexes")),
    Shot("map-towns", "", to("/map#look=towns")),
    Shot("map-compared", "", compared),
    Shot("map-card", "", on_map),
    Shot("map-still", "", still),
    Shot("desk-map", "duty", to("/desk/map")),
    Shot("area", "", first("/areas", r"^/areas/town/.")),
    Shot("squads", "", to("/squads")),
    Shot("squad", "", first("/squads", r"^/squads/.")),
    Shot("departments", "", to("/departments")),
    Shot("department", "", first("/departments", r"^/departments/.")),
    Shot("about", "", to("/about")),
    Shot("data", "", to("/figures")),
    Shot("login", "", to("/login")),
    Shot("tip-emergency", "", tip_step("emergency")),
    Shot("tip-what", "", tip_step("what")),
    Shot("tip-where", "", tip_step("where")),
    Shot("tip-contact", "", tip_step("contact"), readme=True),
    Shot("tip-check", "", tip_step("check")),
    Shot("tip-receipt", "", tip_step("receipt"), readme=True),
    Shot("tip-follow", "", tip_step("follow")),
    Shot("follow", "", to("/follow")),
    Shot("missing", "", to("/cases/XX-2026-9999")),
    Shot("desk", "duty", to("/desk"), readme=True),
    Shot("desk-cases", "duty", to("/desk/cases")),
    Shot("desk-case", "duty", first("/desk/cases?stage=verifying", r"^/desk/cases/[A-Z]+-"), readme=True),
    Shot("desk-tips", "duty", to("/desk/tips")),
    Shot("desk-tip", "duty", first("/desk/tips?state=new", r"^/desk/tips/[0-9a-f]{8}-")),
    Shot("desk-register", "duty", to("/desk/tips/new")),
    Shot("tasks", "reporter", to("/tasks")),
    Shot("task", "reporter", first("/tasks", r"^/tasks/[0-9a-f]{8}-"), readme=True),
    Shot("squad-board", "lead", to("/squad")),
    Shot("orders", "officer", to("/orders")),
    Shot("order", "officer", first("/orders?pile=soon", r"^/orders/[A-Z]+-")),
    Shot("order-answer", "officer", first("/orders?pile=soon", r"^/orders/[A-Z]+-", "/answer"), readme=True),
    Shot("supervision", "supervisor", to("/supervision")),
    Shot("stories", "duty", to("/stories")),
    Shot("story", "chief", first("/stories?state=in_review", r"^/stories/[0-9a-f]{8}-"), readme=True),
    Shot("admin", "admin", to("/admin")),
    Shot("admin-users", "admin", to("/admin/users")),
    Shot("admin-county", "admin", to("/admin/county")),
    Shot("account", "duty", to("/account")),
)


# ------------------------------------------------------------------------------------------------- the site


def surroundings(place: embedded.Place, servers: embedded.Servers, port: int, var: Path) -> dict[str, str]:
    """The environment of the site whose pictures are taken."""
    plain = {key: value for key, value in os.environ.items() if not re.match(r"CIVIC_|FLASK_|SECRET_KEY", key)}
    redis = re.sub(r"([?&]db=)\d+", rf"\g<1>{REDIS_NUMBER}", servers.redis_url)
    return {**plain, "DATABASE_URL": embedded.Postgres(place).url(DATABASE), "REDIS_URL": redis, "CIVIC_ENV": "development", "CIVIC_VAR": str(var),
            "CIVIC_BASE_URL": f"http://127.0.0.1:{port}", "CIVIC_DEMO": "1", "SECRET_KEY": "for the pictures only " * 3,
            "CIVIC_MAIL": "file"}


def flask(environ: dict[str, str], *words: str) -> str:
    """Runs a command of the program."""
    command = [sys.executable, "-m", "flask", "--app", "civic", *words]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"flask {' '.join(words)} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def fill(place: embedded.Place, environ: dict[str, str], keep: bool, scale: str) -> None:
    """A database with the demonstration world in it; made anew unless it is to be kept and is there."""
    postgres = embedded.Postgres(place)
    if DATABASE in postgres.psql("select datname from pg_database").split() and keep:
        flask(environ, "db", "upgrade")
    else:
        postgres.psql(f"drop database if exists {DATABASE} with (force)")
        postgres.psql(f"create database {DATABASE} owner {embedded.ROLE}")
        for extension in embedded.EXTENSIONS:
            postgres.psql(f'create extension if not exists "{extension}"', DATABASE)
        flask(environ, "db", "upgrade")
        flask(environ, "civic", "reference", "load")
    flask(environ, "civic", "demo", "--if-empty", "--scale", scale)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def site(keep: bool, scale: str) -> Iterator[tuple[str, dict[str, list[tuple[str, str]]]]]:
    """The running site: its address and the demonstration accounts by role."""
    place = embedded.Place.of("test")
    place.base.mkdir(parents=True, exist_ok=True)
    with place.users_lock.open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        servers, port = embedded.ensure(place, {}), free_port()
        environ = surroundings(place, servers, port, place.base / "screenshots")
        fill(place, environ, keep, scale)
        accounts = read_accounts(flask(environ, "civic", "demo", "--accounts"))
        command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "4", "--bind",
                   f"127.0.0.1:{port}", "civic:create_app()"]
        web = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait(port, web)
            yield f"http://127.0.0.1:{port}", accounts
        finally:
            web.terminate()
            web.wait(20)
            if not keep:
                embedded.Postgres(place).psql(f"drop database if exists {DATABASE} with (force)")


def wait(port: int, web: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if web.poll() is not None:
            raise SystemExit("the web server ended while starting")
        time.sleep(0.1)
    raise SystemExit("the web server did not start")


LOGINS = {"duty": "duty", "chief": "chief", "reporter": "rep-", "lead": "lead-city", "officer": "d20", "supervisor": "supervisor", "admin": "admin"}


def read_accounts(said: str) -> dict[str, list[tuple[str, str]]]:
    """Logins and passwords by role, from what the demonstration says of its accounts; any of a role will do."""
    password = re.search(r"password of all:\s*(\S+)", said)
    heads = re.findall(r"^\s+((?:[a-z][a-z0-9.-]*\s+)+)", said, re.MULTILINE)  # several accounts may stand on one line
    logins = [login for head in heads for login in head.split()]
    if not password:
        raise SystemExit(f"the demonstration names no password:\n{said}")
    found = {role: [(name, password[1]) for name in logins if name.startswith(login)] for role, login in LOGINS.items()}
    return {role: names for role, names in found.items() if names}


# ---------------------------------------------------------------------------------------------- the pictures


def small(data: bytes, limit: int = MOST) -> bytes:
    """The picture with as many colours as fit into the limit."""
    from PIL import Image

    image = Image.open(io.BytesIO(data)).convert("RGB")
    best = b""
    for colours in (128, 96, 64, 48, 32, 24, 16):
        out = io.BytesIO()
        image.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        best = out.getvalue()
        if len(best) <= limit:
            break
    return best


def program() -> str:
    found = os.environ.get("CIVIC_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        raise SystemExit("Chromium is missing: python3 tools/bootstrap.py --tests installs it")
    return found


def settle(page: Any) -> None:
    """Until pictures (also those further down), fonts and the map are there."""
    page.evaluate("document.querySelectorAll('img[loading=lazy]').forEach(one => { one.loading = 'eager'; })")
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    if page.locator("[data-module~=map]").count():
        page.wait_for_selector("[data-module~=map][data-state]", timeout=60_000)
        page.wait_for_timeout(1500)
    page.wait_for_timeout(150)


class Camera:
    """A browser that keeps one context per person, width and theme."""

    def __init__(self, browser: Any, url: str, accounts: dict[str, list[tuple[str, str]]]) -> None:
        self.browser, self.url, self.accounts = browser, url, accounts
        self.states: dict[str, Any] = {}

    def context(self, role: str, width: int, theme: str) -> Any:
        """A fresh context; a member of staff is logged in once and their session kept."""
        shape = {"viewport": {"width": width, "height": 780 if width < 600 else 900}, "device_scale_factor": 1,
                 "locale": "zh-CN", "timezone_id": "Asia/Shanghai", "color_scheme": theme, "base_url": self.url,
                 "reduced_motion": "reduce"}
        if role and role not in self.states:
            self.states[role] = self.log_in(role, shape)
        return self.browser.new_context(**shape, storage_state=self.states[role] if role else None)

    def log_in(self, role: str, shape: dict[str, Any]) -> Any:
        """The session of somebody of this role; of reporters, somebody with a task in hand when there is one."""
        state: Any = None
        for login, password in self.accounts[role]:
            with contextlib.closing(self.browser.new_context(**shape)) as context:
                page = context.new_page()
                page.goto("/login")
                page.get_by_label("账号").fill(login)
                page.get_by_label("密码").fill(password)
                page.get_by_role("button", name="登录", exact=True).click()
                page.wait_for_url(re.compile(r"^(?!.*/login)"))
                state = context.storage_state()
                if role != "reporter" or page.get_by_text("打开这条任务").count():
                    break
        return state

    def take(self, shot: Shot, width: int, theme: str = "light", whole: bool = False) -> tuple[bytes, str]:
        """The picture, and a word when the page is wider than the window."""
        with contextlib.closing(self.context(shot.role, width, theme)) as context:
            page = context.new_page()
            shot.go(page)
            settle(page)
            wide, high = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
            height = high if whole else min(high, HEIGHTS[width])
            clip = {"x": 0, "y": 0, "width": width, "height": height}
            data = page.screenshot(full_page=True, clip=clip, animations="disabled")
            return data, f"{wide} px wide" if wide > width else ""


def take_all(camera: Camera, args: argparse.Namespace) -> int:
    """Takes the pictures; the number of pages that could not be taken or are too wide."""
    folder, troubles, total = Path(args.all) if args.all else OUT, 0, 0
    folder.mkdir(parents=True, exist_ok=True)
    themes = ("light", "dark") if args.all and not args.light else ("light",)
    for shot in SHOTS:
        if not (args.all or shot.readme) or args.only not in shot.name:
            continue
        for width in WIDTHS:
            for theme in themes:
                name = f"{shot.name}-{width}{'-dark' if theme == 'dark' else ''}.png"
                try:
                    data, word = camera.take(shot, width, theme, whole=bool(args.all))
                except Exception as trouble:
                    print(f"  {name}: {str(trouble).splitlines()[0]}", flush=True)
                    troubles += 1
                    continue
                data = data if args.all else small(data)
                (folder / name).write_bytes(data)
                total += len(data)
                troubles += bool(word)
                print(f"  {name}  {len(data) // 1000} KB  {word}", flush=True)
    print(f"{folder}: {total / 1e6:.2f} MB")
    return troubles


def main() -> int:
    parser = argparse.ArgumentParser(description="Takes pictures of the main pages in the demonstration world.")
    parser.add_argument("--all", metavar="FOLDER", default="", help="every page, light and dark, whole, into FOLDER")
    parser.add_argument("--only", metavar="WORD", default="", help="only pages with this word in their name")
    parser.add_argument("--light", action="store_true", help="no dark pictures")
    parser.add_argument("--scale", metavar="X", default="1", help="size of the world; 1 is about 300 cases")
    parser.add_argument("--keep", action="store_true", help="use the database of last time and keep it")
    args = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with site(args.keep, args.scale) as (url, accounts), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=FLAGS)
        try:
            return 1 if take_all(Camera(browser, url, accounts), args) else 0
        finally:
            browser.close()


if __name__ == "__main__":
    sys.exit(main())
