"""A visit in a dead zone, as people live it: the network goes at five different moments, and the server has each item once.

Chromium with the real service worker, IndexedDB, tus. Ushahidi's users lost photos taken offline; these tests show ours do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import world
from tests.browser.people import PASSWORD, photo
from tests.fieldkit_world import film

HERE = {"longitude": 121.3861, "latitude": 28.3683, "accuracy": 9}


@pytest.fixture(scope="module", autouse=True)
def staff(live_server: Any) -> None:
    world.people(live_server.app)


class Server:
    """What the server has of a task, read from its database."""

    def __init__(self, live: Any) -> None:
        self.live = live

    def task(self, login: str = "writer") -> str:
        """A task this person has just accepted; its id."""
        from civic.cases import tasks
        from civic.models import db
        from tests import factories as make

        with self.live.app.app_context():
            duty, who = self._actor("duty"), self._actor(login)
            case = make.case(duty, facts="桶满三天", place={"town": "331081103", "address": "菜场后巷", "point": "SRID=4326;POINT(121.3861 28.3683)"})
            row = tasks.offer(duty, case, {"kind": "investigate", "holder": f"user:{who.user_id}", "brief": "到现场看看",
                                           "due_at": make.clock.now() + make.timedelta(days=2)})
            tasks.accept(who, row)
            db.session.commit()
            return str(row.id)

    def _actor(self, login: str) -> Any:
        from civic.access.actor import Actor
        from civic.models import User, db

        return Actor.of(db.session.scalars(db.select(User).where(User.login == login)).one())

    def cancel(self, task: str) -> None:
        from civic.cases import tasks
        from civic.models import Assignment, db

        with self.live.app.app_context():
            tasks.cancel(self._actor("duty"), db.session.get_one(Assignment, task), {"reason": "并案了"})
            db.session.commit()

    def work(self) -> None:
        """Does what the worker would: takes whole uploads into the vault."""
        from civic.models import Outbox, db
        from civic.newsroom import fieldfiles, fieldsync

        with self.live.app.app_context():
            for row in db.session.query(Outbox).filter_by(kind="job", recipient=fieldsync.FILE_TASK, state="waiting"):
                fieldfiles.work(row, self.live.app.config["CIVIC"])
                row.state = "sent"
            db.session.commit()

    def has(self, task: str) -> dict[str, Any]:
        """Check-ins, texts of notes, files by name and size, and the state of a task."""
        from civic.models import Assignment, CheckIn, Media, Note, db

        self.work()
        with self.live.app.app_context():
            row = db.session.get_one(Assignment, task)
            return {
                "check_ins": db.session.query(CheckIn).filter_by(assignment_id=task).count(),
                "notes": [note.text for note in db.session.query(Note).filter_by(assignment_id=task).order_by(Note.created_at)],
                "files": sorted((one.name, one.size) for one in db.session.query(Media).filter(
                    (Media.assignment_id == task) | (Media.case_id == row.case_id))),
                "state": row.state}


class Reporter:
    """A reporter with a phone."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server, self.context = page, server, page.context
        self.page.on("dialog", lambda dialog: dialog.accept())

    def signs_in(self, login: str = "writer") -> None:
        self.context.add_cookies([{**world.cookie(self.server.live.app, login), "url": self.server.live.url}])

    def keeps(self, task: str) -> None:
        """Opens the app once with a network; the phone has put the task away."""
        self.page.goto("/field/")
        expect(self.page.locator("html")).to_have_attribute("data-kit-kept", re.compile(r"[1-9]"))
        assert f"/field/tasks/{task}" in self.kept()

    def kept(self) -> list[str]:
        """The pages this phone holds."""
        return sorted(self.page.evaluate(
            "caches.open('field-pages').then(c => c.keys()).then(all => all.map(one => new URL(one.url).pathname))"))

    def opens(self, task: str) -> None:
        self.page.goto(f"/field/tasks/{task}")
        self.page.locator("[data-kit-ready]").wait_for(state="attached")

    def offline(self, gone: bool = True) -> None:
        self.context.set_offline(gone)

    def checks_in(self) -> None:
        self.page.get_by_role("button", name="到点签到").click()
        expect(self.page.locator("[data-kit-tapped]")).to_contain_text("误差 9 米")

    def notes(self, words: str, speaker: str = "反映人") -> None:
        self.page.get_by_role("button", name="记一笔").click()
        form = self.page.locator('[data-kit-form="note"]')
        form.get_by_role("radio", name=speaker).check()
        form.get_by_label("内容").fill(words)
        form.get_by_role("button", name="记下").click()
        expect(self.page.locator("#kit-note")).to_be_hidden()

    def takes(self, *files: dict[str, Any], consent: str = "同意出镜") -> None:
        self.page.get_by_role("button", name="拍照录像").click()
        form = self.page.locator('[data-kit-form="file"]')
        form.get_by_label("从手机里选").set_input_files(list(files))
        form.get_by_role("radio", name=consent, exact=True).check()
        form.get_by_role("button", name="存下").click()
        expect(self.page.locator("#kit-file")).to_be_hidden()

    def hands_in(self, words: str = "确实三天一清") -> None:
        self.page.get_by_role("button", name="交任务").click()
        form = self.page.locator('[data-kit-form="submit"]')
        form.get_by_label("查到了什么").fill(words)
        form.get_by_role("radio", name="两方都听了").check()
        form.get_by_role("button", name="交给值班编辑").click()
        expect(self.page.locator("#kit-submit")).to_be_hidden()

    def sees_count(self, words: str) -> None:
        """So much of the outbox is there; the phone may need some tries after the network has come back."""
        expect(self.page.locator("[data-kit-count]")).to_have_text(words, timeout=40_000)

    def sends(self) -> None:
        self.page.get_by_role("button", name="现在传").click()

    def items(self, state: str) -> Any:
        return self.page.locator(f'.kit-item[data-state="{state}"]')

    def visits(self, words: str, *files: dict[str, Any]) -> None:
        """The whole visit up to the handing in."""
        self.checks_in()
        self.notes(words)
        self.takes(*files)
        self.hands_in()


@pytest.fixture
def server(live_server: Any) -> Server:
    return Server(live_server)


@pytest.fixture
def phone(browse: Callable[..., Any], server: Server) -> Iterator[Reporter]:
    reporter = Reporter(browse(phone=True, geolocation=HERE, permissions=["geolocation"]), server)
    # Background Sync would send past the cuts of these tests (routes see a page's requests only); it has a test of its own
    reporter.context.add_init_script(
        "if (self.ServiceWorkerRegistration) Object.defineProperty(ServiceWorkerRegistration.prototype, 'sync', {value: undefined})")
    reporter.signs_in()
    yield reporter
    reporter.offline(False)


def clip(size: int = 2_600_000, name: str = "后巷.mp4") -> dict[str, Any]:
    """A video of three pieces."""
    return {"name": name, "mimeType": "video/mp4", "buffer": film(size)}


def once(server: Server, task: str, note: str, *files: dict[str, Any]) -> None:
    """Everything of the visit is there exactly once."""
    assert server.has(task) == {"check_ins": 1, "notes": [note], "files": sorted((one["name"], len(one["buffer"])) for one in files),
                                "state": "submitted"}


def test_the_network_is_gone_before_the_task_is_opened(phone: Reporter, server: Server) -> None:
    """Cut 1: the whole visit without any network, from opening the app to handing in; it sends by itself afterwards."""
    task = server.task()
    picture, video = photo("后巷.jpg"), clip()
    phone.keeps(task)
    phone.offline()
    phone.page.goto("/field/")
    phone.page.get_by_role("link", name="菜场后巷").first.click()
    expect(phone.page.get_by_role("heading", level=1)).to_contain_text("菜场后巷")
    expect(phone.page.get_by_text("桶满三天")).to_be_visible()
    phone.page.locator("[data-kit-ready]").wait_for(state="attached")
    phone.visits("三天没人来收", picture, video)
    phone.sees_count("0/5 已传")
    expect(phone.page.locator("[data-side=citizen] [data-side-count]")).to_have_text("1")
    assert server.has(task) == {"check_ins": 0, "notes": [], "files": [], "state": "accepted"}
    phone.page.reload()
    phone.sees_count("0/5 已传")
    phone.offline(False)
    phone.sees_count("5 条都已传到")
    once(server, task, "三天没人来收", picture, video)


def test_the_network_goes_after_the_check_in_before_it_is_sent(phone: Reporter, server: Server) -> None:
    """Cut 2: the tap is there, its message is not; the app is closed and opened again before there is a line."""
    task = server.task()
    phone.keeps(task)
    phone.opens(task)
    phone.context.route("**/field/sync/*", lambda route: route.abort())
    phone.checks_in()
    expect(phone.items("waiting")).to_have_count(1)
    phone.offline()
    phone.notes("墙上贴着三天一清", "记者所见")
    phone.page.close()
    phone.page = phone.context.new_page()
    phone.context.unroute("**/field/sync/*")
    phone.opens(task)
    phone.sees_count("0/2 已传")
    phone.offline(False)
    phone.sees_count("2 条都已传到")
    phone.hands_in()
    phone.sees_count("3 条都已传到")
    once(server, task, "墙上贴着三天一清")


def test_the_network_goes_in_the_middle_of_a_file(phone: Reporter, server: Server) -> None:
    """Cut 3: after the first piece of three. What is there is not sent again; Ushahidi's lost photos are not lost here."""
    task = server.task()
    video, picture = clip(name="断线.mp4"), photo("断线.jpg")
    pieces: list[str] = []

    def cut(route: Route) -> None:
        if route.request.method == "PATCH":
            pieces.append(route.request.headers["upload-offset"])
        if len(pieces) > 1:
            route.abort()
        else:
            route.continue_()
    phone.opens(task)
    phone.checks_in()
    phone.notes("三天没人来收")
    phone.sees_count("2 条都已传到")
    phone.context.route("**/uploads/*-*", cut)
    with phone.page.expect_event("requestfailed", lambda request: request.method == "PATCH"):
        phone.takes(video, picture)
    assert pieces[:2] == ["0", "1048576"]
    phone.offline()
    phone.hands_in()
    phone.page.reload()
    phone.sees_count("2/5 已传")
    phone.context.unroute("**/uploads/*-*")
    sent: list[str] = []
    phone.page.on("request", lambda request: sent.append(request.headers["upload-offset"]) if request.method == "PATCH" else None)
    phone.offline(False)
    phone.sees_count("5 条都已传到")
    assert sent[0] == "1048576"
    once(server, task, "三天没人来收", video, picture)


def test_the_answer_is_lost_after_the_server_has_it(phone: Reporter, server: Server) -> None:
    """Cut 4: the server has the item, the phone does not know. It asks again and nothing is doubled."""
    task = server.task()
    picture = photo("答复丢了.jpg")
    lost: list[str] = []

    def swallow(route: Route) -> None:
        key = route.request.url
        if key in lost:
            route.continue_()
            return
        route.fetch()
        lost.append(key)
        route.abort()
    phone.opens(task)
    for pattern in ("**/field/sync/*", "**/uploads/", "**/uploads/*-*"):
        phone.context.route(pattern, swallow)
    phone.visits("三天没人来收", picture)
    for count in ("1/4 已传", "2/4 已传", "3/4 已传"):  # a new try after each lost answer: one more is known to be there
        phone.page.dispatch_event("[data-kit-send]", "click")
        expect(phone.page.locator("[data-kit-count]")).to_have_text(re.compile(f"{count}|4 条都已传到"))
    phone.page.dispatch_event("[data-kit-send]", "click")
    phone.sees_count("4 条都已传到")
    assert sum("/field/sync/" in one for one in lost) == 4 and len(lost) > 5
    once(server, task, "三天没人来收", picture)


def test_the_network_goes_between_the_last_file_and_handing_in(phone: Reporter, server: Server) -> None:
    """Cut 5: everything is there but the handing in, and then the session ends too: it asks to sign in and goes on."""
    task = server.task()
    picture = photo("最后一张.jpg")
    phone.opens(task)
    phone.checks_in()
    phone.notes("三天没人来收")
    phone.takes(picture)
    phone.sees_count("3 条都已传到")
    phone.offline()
    phone.hands_in()
    phone.sees_count("3/4 已传")
    phone.context.clear_cookies()
    phone.offline(False)
    expect(phone.page.get_by_text("登录已过期。东西都在手机里")).to_be_visible()
    assert server.has(task)["state"] == "accepted"
    phone.page.get_by_role("link", name="去登录").click()
    phone.page.get_by_label("账号").fill("writer")
    phone.page.get_by_label("密码", exact=True).fill(PASSWORD)
    phone.page.get_by_role("button", name="登录", exact=True).click()
    phone.page.wait_for_url(re.compile(r"/field/tasks/"))
    expect(phone.page.locator("[data-kit-count]")).to_have_text("4 条都已传到")
    once(server, task, "三天没人来收", picture)


def test_a_queue_sent_twice_is_there_once(phone: Reporter, server: Server) -> None:
    """The same queue from a copy of the phone (two pages, both believing that nothing was sent)."""
    task = server.task()
    picture = photo("两遍.jpg")
    phone.opens(task)
    phone.visits("只记一次", picture)
    phone.sees_count("4 条都已传到")
    server.work()
    phone.page.evaluate("""async () => {
        const db = await idb.openDB("field-kit");
        for (const item of await db.getAll("items")) await db.put("items", {...item, state: "waiting", url: null});
    }""")
    again = phone.context.new_page()
    for page in (phone.page, again):
        page.goto("/field/")
    phone.sees_count("4 条都已传到")
    expect(again.locator("[data-kit-count]")).to_have_text("4 条都已传到")
    once(server, task, "只记一次", picture)


def test_with_the_app_closed_the_browser_sends_in_the_background(browse: Callable[..., Any], server: Server) -> None:
    """Background Sync: the helper sends words and files without any page of the app, when the browser sees a network."""
    task = server.task()
    video = clip(name="关了以后.mp4")
    reporter = Reporter(browse(phone=True, geolocation=HERE, permissions=["geolocation"]), server)
    reporter.signs_in()
    reporter.keeps(task)
    reporter.opens(task)
    reporter.offline()
    reporter.notes("关了也要传到")
    reporter.takes(video)
    line, found = reporter.context.new_cdp_session(reporter.page), []
    line.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    line.send("ServiceWorker.enable")
    reporter.page.goto(f"{server.live.url}/field/offline")
    reporter.offline(False)
    line.send("ServiceWorker.dispatchSyncEvent", {"origin": f"{server.live.url}/", "registrationId": found[0]["registrationId"],
                                                 "tag": "field-kit", "lastChance": False})
    reporter.page.evaluate("""() => new Promise((done) => {
        const look = () => { indexedDB.open("field-kit").onsuccess = ({ target }) => {
            const rows = target.result.transaction("items").objectStore("items").getAll();
            rows.onsuccess = () => { target.result.close(); if (rows.result.every((one) => ["done", "checking"].includes(one.state))) done(); };
        }; };
        new BroadcastChannel("field-kit").onmessage = look;
        look();
    })""")
    had = server.has(task)
    assert had["notes"] == ["关了也要传到"] and had["files"] == [(video["name"], len(video["buffer"]))]


def test_a_task_cancelled_meanwhile_loses_nothing(phone: Reporter, server: Server) -> None:
    task = server.task()
    picture = photo("取消以后.jpg")
    phone.keeps(task)
    phone.offline()
    phone.opens(task)
    phone.visits("三天没人来收", picture)
    server.cancel(task)
    phone.offline(False)
    phone.sees_count("4 条都已传到")
    expect(phone.page.get_by_text("任务已经取消。这一条没有丢").first).to_be_visible()
    had = server.has(task)
    assert had["state"] == "cancelled" and had["check_ins"] == 0 and had["files"] == [("取消以后.jpg", len(picture["buffer"]))]
    assert len(had["notes"]) == 4 and "三天没人来收" in had["notes"][1]


def test_no_position_asks_for_a_reason_and_large_or_wrong_files_are_said_at_once(phone: Reporter, server: Server) -> None:
    task = server.task()
    phone.context.clear_permissions()
    phone.opens(task)
    phone.page.get_by_role("button", name="到点签到").click()
    form = phone.page.locator('[data-kit-form="check_in"]')
    form.get_by_role("button", name="签到").click()
    expect(form.get_by_text("选一个原因。")).to_be_visible()
    form.get_by_role("radio", name="会暴露反映人").check()
    form.get_by_role("button", name="签到").click()
    phone.sees_count("1 条都已传到")
    phone.page.get_by_role("button", name="拍照录像").click()
    taking = phone.page.locator('[data-kit-form="file"]')
    taking.get_by_label("从手机里选").set_input_files({"name": "空.jpg", "mimeType": "image/jpeg", "buffer": b""})
    expect(taking.get_by_text("「空.jpg」是空的")).to_be_visible()
    taking.get_by_label("从手机里选").set_input_files({"name": "假.mp4", "mimeType": "video/mp4", "buffer": b"MZ" + bytes(900)})
    taking.get_by_role("button", name="存下").click()
    phone.sees_count("2 条都已传到")
    server.work()
    phone.page.reload()
    expect(phone.items("refused")).to_contain_text("暂不接收")
    expect(phone.page.get_by_text("有文件没有收下")).to_be_visible()
    phone.items("refused").get_by_role("button", name="删掉").click()
    expect(phone.items("refused")).to_have_count(0)
    assert server.has(task)["files"] == []


def test_logging_out_empties_the_phone_and_another_person_sees_nothing(phone: Reporter, server: Server) -> None:
    task = server.task()
    phone.keeps(task)
    phone.opens(task)
    phone.offline()
    phone.notes("还没传的话")
    phone.offline(False)
    phone.sees_count("1 条都已传到")
    other = server.task("lead")
    phone.signs_in("lead")
    phone.page.goto("/field/")
    expect(phone.page.locator("html")).to_have_attribute("data-kit-kept", "1")
    expect(phone.page.locator("[data-kit-box]")).to_be_hidden()
    assert phone.kept() == ["/field/", f"/field/tasks/{other}"]
    phone.page.get_by_text("赵刚").click()
    phone.page.get_by_role("button", name="退出登录").click()
    phone.page.wait_for_url(f"{server.live.url}/")
    left = """async () => ({caches: (await caches.keys()).filter(name => name.startsWith('field-')),
        databases: (await indexedDB.databases()).map(one => one.name).filter(name => name === 'field-kit'),
        helpers: (await navigator.serviceWorker.getRegistrations()).length})"""
    assert phone.page.evaluate(left) == {"caches": [], "databases": [], "helpers": 0}
    phone.offline()
    with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
        phone.page.goto("/field/")


def test_the_kit_can_be_used_by_everybody(phone: Reporter, server: Server, axe: Callable[..., list[str]]) -> None:
    task = server.task()
    phone.opens(task)
    phone.page.get_by_role("button", name="拍照录像").click()
    assert axe(phone.page) == []
    small = phone.page.evaluate("""() => [...document.querySelectorAll('.kit-do .btn, .kit-take, #kit-file .actions .btn')]
        .filter(one => one.offsetParent && (one.offsetHeight < 44 || one.offsetWidth < 44)).map(one => one.textContent)""")
    assert small == []
    assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
