"""A day of a newsroom, as people click it: the morning's list, who goes, a visit in a dead zone, the story, the other side, three reviews,
three channels, a correction; what it reached a day later; and the look back a month after.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from playwright.sync_api import expect

from tests.browser import world
from tests.browser.people import Editor, Person, local, named, photo
from tests.browser.test_field_offline import Reporter as Phone
from tests.browser.test_field_offline import Server
from tests.browser.test_hard_life import Time

CLOCKED = True
CASE = "菜场后巷垃圾三天一清，居民开不了窗"
STORY = "后巷的垃圾谁来清"
BODY = ("六月以来，菜场后巷的垃圾三天才清一次。记者连着蹲了两个傍晚，三只桶都是满的。\n\n## 谁来清\n\n> 清运车坏了一台。——环卫所\n\n"
        "环卫所说，车修好以后每天清一次。")
HERE = {"longitude": 121.3861, "latitude": 28.3683, "accuracy": 9}
UNIT = "市综合执法局"
CHANNELS = {"App": "https://app.example.cn/news/1", "公众号": "https://mp.weixin.qq.com/s/day", "视频号": "https://channels.weixin.qq.com/day"}


class Colleague(Editor):
    """Whoever works on the list, the story and its channels."""

    address = ""

    def pitches(self, number: str) -> None:
        self.opens(f"/stories/new?case={number}")
        self.writes("题目", STORY)
        self.writes("角度", "清运标准写明一日一清，为什么三天一清。")
        self.marks("图文")
        self.clicks("报上去")
        expect(self.page).to_have_url(re.compile(r"/stories/[0-9a-f-]{36}"))
        Colleague.address = self.page.url

    def lists(self) -> None:
        """Puts the story on today's list as its lead, and confirms the list."""
        self.opens("/desk/day")
        self.picks("报道", STORY)
        self.picks("责任人", "李晓燕")
        self.page.get_by_label("App", exact=True).select_option(index=1)
        self.clicks("上单", exact=True)
        self.sees("主选题")
        self.clicks("确认这张单子")
        self.sees("已确认")

    def sends(self, number: str, person: str) -> None:
        """Takes the suggestion for a person, with its reasons, and offers the task."""
        self.case(number)
        self.starts("派任务")
        self.marks("调查")
        suggestion = self.page.locator(".pick", has_text=person).first
        expect(suggestion.locator(".pick-why li").first).to_be_visible()
        suggestion.get_by_role("button", name="填进表里").click()
        expect(self.page.locator(".pick.chosen")).to_contain_text(person)
        self.writes("要做什么", "到菜场后巷看两天，记下清运车到场时间。")
        self.writes("什么时候要", local(timedelta(days=1)))
        self.marks("调查")
        self.confirms("派任务")

    def story(self) -> None:
        self.opens(self.address)
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(STORY)

    def writes_it(self, body: str, note: str = "") -> None:
        """Writes a version of a critical story with its facts and a picture of the visit, and saves it."""
        self.clicks("接着写" if note else "写稿")
        self.writes("标题", STORY)
        self.writes("导语", "清运标准写的是一日一清，后巷等了三天。")
        self.page.get_by_role("textbox", name="正文").fill(body)
        for n, (fact, source) in enumerate((("三天清一次", "记者两次到点"), ("车坏了一台", "环卫所答复")), 1):
            self.page.locator(f"[name=fact-{n}-text]").fill(fact)
            self.page.locator(f"[name=fact-{n}-source]").fill(source)
            self.page.locator(f"[name=fact-{n}-checked]").check()
        if note:
            self.writes("改了什么", note)
        else:
            self.page.locator("input[name$=-pos]").first.fill("1")
            self.page.locator("input[name$=-caption]").first.fill("菜场后巷，傍晚六点")
            self.marks("这是批评性（舆论监督）报道")
        self.clicks("存稿", exact=True)
        self.sees("已存为第")

    def hears(self) -> None:
        """Names the unit, and writes down what it says."""
        self.clicks("对方与告知")
        self.writes("单位或人的名称", UNIT)
        self.clicks("列入", exact=True)
        self.unfolds("记下怎么说")
        self.writes("对方的话", "“清运车坏了一台，这个月修好。”")
        self.clicks("记下", exact=True)
        self.sees("清运车坏了一台")

    def tells(self) -> None:
        """Tells the unit that the story will be out."""
        self.story()
        self.clicks("对方与告知")
        self.unfolds("记下播前告知")
        self.writes("告知内容", "今天晚上播出，请在播前答复。")
        self.page.locator("details[open]", has_text="记下播前告知").get_by_role("button", name="记下", exact=True).click()
        self.sees("最早可播")

    def fills_factors(self) -> None:
        self.story()
        self.clicks("六项核实") if self.page.get_by_role("link", name=named("填六项核实")).count() == 0 else self.clicks("填六项核实")
        for box in self.page.get_by_role("main").locator("textarea").all():
            box.fill("两位住户当面说，照片为证，昨天傍晚又看过一次。")
        self.page.get_by_role("button", name=re.compile("存在第")).click()
        expect(self.page.get_by_role("link", name="送审")).to_be_visible()

    def hands_in(self) -> None:
        self.page.get_by_role("link", name="送审").first.click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("送审")
        for check in ("每个事实都有来源", "核对过", "出镜的人同意"):
            self.marks(check)
        self.confirms("送审")

    def signs(self, button: str) -> None:
        """Reads it to the end, ticks the checklist, signs."""
        self.story()
        self.clicks("看完签字")
        for box in self.page.locator(".move-panel[open] .checklist input").all():
            box.check()
        self.page.locator(".move-panel[open]").get_by_role("button", name=named(button, exact=True)).click()
        self.sees("已完成")

    def queues_on(self, channel: str) -> None:
        self.story()
        self.page.locator(".free-channels").get_by_role("link", name=channel, exact=True).click()
        self.writes("不早于", local(timedelta(minutes=-1)))
        self.clicks("排上", exact=True)
        self.sees(channel)

    def puts_out(self, channel: str, link: str) -> None:
        """Writes down that it is out, and where."""
        self.opens("/outlets?state=due")
        row = self.page.locator(".board-item", has_text=channel)
        row.get_by_role("link", name=named("记下已发出")).click()
        self.writes("链接", link)
        self._body().get_by_role("button").last.click()
        self.sees("已完成")

    def follow_up(self) -> None:
        """Finds the proposed look back in what waits, and plans it."""
        self.opens("/desk")
        row = self._body().get_by_role("row").or_(self._body().get_by_role("listitem")).filter(has_text="排上，或说明不做")
        row.last.get_by_role("link", name=STORY).click()
        self.clicks("排上，或说明不做")
        self.clicks("排上这篇回访")
        self.sees("回访报道已进选题")


@pytest.fixture(scope="module", autouse=True)
def staff(live_server: Any) -> None:
    world.people(live_server.app)


@pytest.fixture(scope="module")
def number(live_server: Any) -> str:
    """A public case of the squad's town."""
    from civic.access.actor import Actor
    from civic.cases import operations as cases
    from civic.models import User, db
    from tests import factories as make

    with live_server.app.app_context():
        duty = Actor.of(db.session.scalars(db.select(User).where(User.login == "duty")).one())
        row = make.case(duty, title=CASE, facts="桶满三天", place={
            "town": "331081103", "address": "菜场后巷", "point": "SRID=4326;POINT(121.3861 28.3683)"})
        cases.disclose(duty, row, {"public_title": CASE, "public_summary": "后巷垃圾桶三天清运一次。", "precision": "grid",
                                   "no_identity": True, "no_private": True, "consent_kept": True})
        db.session.commit()
        return str(row.number)


@pytest.fixture
def come(browse: Callable[..., Any]) -> Callable[..., Any]:
    def make_person(login: str, kind: type[Any] = Colleague, **shape: Any) -> Any:
        person = kind(browse(**shape))
        person.logs_in(login)
        return person
    return make_person


def visits(browse: Callable[..., Any], live_server: Any) -> None:
    """Takes the task on a phone, goes where there is no network, comes back: everything arrives."""
    from civic.models import Assignment, db

    server = Server(live_server)
    phone = Phone(browse(phone=True, geolocation=HERE, permissions=["geolocation"]), server)
    phone.signs_in()
    phone.page.goto("/tasks")
    phone.page.get_by_role("button", name=named(f"接办：{CASE}")).or_(phone.page.get_by_role("link", name=named(f"接办：{CASE}"))).first.click()
    expect(phone.page.locator("body")).to_contain_text("已接办")
    with live_server.app.app_context():
        task = str(db.session.scalars(db.select(Assignment.id).where(Assignment.state == "accepted")).one())
    phone.keeps(task)
    phone.offline()
    phone.opens(task)
    phone.visits("窗户一个夏天没开过", photo("后巷.jpg"))
    assert server.has(task)["state"] == "accepted"
    phone.offline(False)
    phone.sees_count("4 条都已传到")
    has = server.has(task)
    assert (has["check_ins"], has["notes"], len(has["files"]), has["state"]) == (1, ["窗户一个夏天没开过"], 1, "submitted")


def three_reviews(come: Callable[..., Any]) -> None:
    for login, button in (("first", "签名：同意"), ("reader", "签名：同意"), ("chief", "签发")):
        come(login).signs(button)


def proposes(clock: Time) -> None:
    """Lets the scheduler's job look for stories whose case was closed a month ago."""
    from civic.kit import clock as now
    from civic.newsroom import followups

    with clock.server.app.app_context(), time_machine.travel(now.now() + timedelta(days=clock.days), tick=True):
        followups.work()


def reached(person: Person, link: str) -> None:
    """Brings in the table of a platform, with one row that makes no sense."""
    person.opens("/reach/import")
    person.picks("渠道", "公众号")
    person.writes("粘贴表格", f"链接\t发布后第几天\t阅读\n{link}\t1\t1.2万\n{link}\t1\t很多")
    person.clicks("先读一遍")
    person.sees("逐行看")
    person.marks("出错的")
    person.clicks("写入", exact=True)
    person.sees("新记 1 条")


@pytest.mark.timeout(300)
def test_a_day_of_the_newsroom(come: Callable[..., Any], browse: Callable[..., Any], live_server: Any, number: str) -> None:
    clock = Time(live_server)
    editor, writer = come("duty"), come("writer")
    editor.pitches(number)
    editor.lists()
    editor.sends(number, "李晓燕")
    visits(browse, live_server)
    editor.approves(number)

    writer.story()
    writer.does("开写")
    writer.writes_it(BODY)
    writer.hears()
    writer.fills_factors()
    writer.hands_in()
    three_reviews(come)
    editor.tells()
    clock.passes(0.12)

    editor, writer = come("duty"), come("writer")  # after an hour without a word one has to sign in again
    for channel, link in CHANNELS.items():
        editor.queues_on(channel)
        editor.puts_out(channel, link)
    anybody = Person(browse(phone=True))
    anybody.opens("/news")
    anybody.clicks(STORY)
    anybody.sees("后巷等了三天")

    editor.story()
    editor.starts("收回再改")
    editor.writes("理由", "坏的是两台车")
    editor.confirms("收回再改")
    writer.story()
    writer.writes_it(BODY.replace("坏了一台", "坏了两台"), "车数改正")
    writer.fills_factors()
    writer.hands_in()
    three_reviews(come)
    editor.opens("/outlets?state=live")
    editor.page.locator(".board-item", has_text="公众号").get_by_role("link", name=named("更正")).first.click()
    editor.writes("更正", "坏的清运车是两台，原文误为一台。")
    editor._body().get_by_role("button").last.click()
    editor.sees("已完成")
    anybody.page.reload()
    anybody.sees("原文误为一台")

    clock.passes(1.2)
    later = come("duty")
    reached(later, CHANNELS["公众号"])
    later.case(number)
    later.starts("结案")
    later.chooses("列入计划", "结果")
    later.writes("给反映人的说明", "车修好以前两天一清，修好以后一天一清。")
    later.writes("回头看日期", f"{clock.today() + timedelta(days=20):%Y-%m-%d}")
    later.confirms("结案")
    clock.passes(31)
    proposes(clock)
    come("duty").follow_up()
