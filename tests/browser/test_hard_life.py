"""An order that is kicked around, late, half-promised and called done too early, as people click it over some weeks.

Two units object, a conference decides for a third; it asks, asks for more time, promises, breaks the promise, is
supervised, is sent back, does it at last; the squad sees it; the citizen says it is back. The public page tells that story.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from tests.browser import world
from tests.browser.people import PASSWORD, Citizen, Editor, Officer, Reporter, photo
from tests.browser.test_journey import PHONE

CLOCKED = True
WORDS = "河边步道的护栏外堆了半年建筑垃圾，雨天往河里冲，孩子天天从旁边走。"
TITLE = "河边步道堆放建筑垃圾半年无人清"
PUBLIC = "河边步道建筑垃圾堆了半年，三个单位都说不归自己"
ITEMS = ["清走建筑垃圾", "查明是谁倒的"]
BRIEF = "河边步道护栏外堆放建筑垃圾约半年，雨天冲进河道。"
UNITS = {"officer": "市综合执法局", "water": "市农水局", "housing": "市住建局"}
CODES = {"water": ("戴立新", "D13"), "housing": ("徐海波", "D11")}


@pytest.fixture(scope="module", autouse=True)
def staff(live_server: Any) -> None:
    world.people(live_server.app)
    with live_server.app.app_context():
        from civic.access import accounts
        from civic.models import db

        for login, (name, code) in CODES.items():
            accounts.set_password(accounts.create(login, name, [("officer", code)]), PASSWORD, PASSWORD)
        db.session.commit()


class Time:
    """The calendar of the story: moves the server's clock on and lets the system's own clock work."""

    def __init__(self, server: Any) -> None:
        self.server, self.days = server, 0.0

    def passes(self, days: float) -> None:
        self.days += days
        self.server.ahead(self.days)
        self.sweep()

    def today(self) -> date:
        from civic.kit import clock

        return clock.local(clock.now()).date() + timedelta(days=self.days)

    def sweep(self) -> None:
        from civic.cases import promises
        from civic.jobs import sweeper
        from civic.kit import clock

        with self.server.app.app_context(), time_machine.travel(clock.now() + timedelta(days=self.days), tick=True):
            while sweeper.sweep():
                pass
            promises.break_due()

    def last_day(self, number: str) -> date:
        """The last day an order may be extended to."""
        from civic.ledger import clocks
        from civic.models import Referral, db

        with self.server.app.app_context():
            order = db.session.scalars(db.select(Referral).where(Referral.number == number)).one()
            return clocks.extension_cap(order)


@pytest.fixture
def come(browse: Callable[..., Any]) -> Callable[..., Any]:
    def make_person(kind: type[Any], login: str = "", **shape: Any) -> Any:
        person = kind(browse(**shape))
        if login:
            person.logs_in(login)
        return person

    return make_person


def objects(officer: Any, basis: str, unit: str) -> None:
    officer.starts("提异议（退单）")
    officer.writes("职责依据", basis)
    officer.picks("应由哪个单位办", unit)
    officer.confirms("提异议（退单）")


def reviews(editor: Any) -> None:
    for tick in ("逐项回应了", "写明查到什么", "写明做了什么"):
        editor.marks(tick)


def releases(editor: Any, number: str, words: str) -> None:
    editor.case(number)
    editor.starts("公开答复")
    editor.writes("公开的答复", words)
    reviews(editor)
    editor.confirms("公开答复")


@pytest.mark.timeout(300)
def test_the_hard_life_of_an_order_and_the_story_the_public_page_tells(come: Callable[..., Any], live_server: Any) -> None:
    time = Time(live_server)
    citizen = come(Citizen, phone=True, **PHONE)
    citizen.reports(WORDS, "箬横镇河边步道", photo())
    editor, second = come(Editor, "duty"), come(Editor, "second")
    editor.reads_tip("河边步道")
    number = editor.accepts(TITLE, "暴露垃圾")
    editor.discloses(number, PUBLIC, "河边步道护栏外堆放建筑垃圾，雨天冲进河道。")

    # the first unit says it is not theirs, and that is granted
    editor.drafts_order(number, UNITS["officer"], BRIEF, ITEMS)
    second.sends_order(number)
    officer = come(Officer, "officer")
    officer.opens_order("河边步道")
    officer.signs()
    objects(officer, "三定规定：河道管理范围内由水利部门负责。", UNITS["water"])
    editor.case(number)
    editor.starts("同意退单")
    editor.writes("理由", "护栏外属河道管理范围。")
    editor.confirms("同意退单")

    # the second says so too: now nobody decides alone
    editor.drafts_order(number, UNITS["water"], BRIEF, ITEMS, "第一家异议成立，按其建议改派。")
    second.sends_order(number)
    water = come(Officer, "water")
    water.opens_order("河边步道")
    water.signs()
    objects(water, "建筑垃圾处置由住建部门负责。", UNITS["housing"])
    editor.case(number)
    editor.sees("会商")
    editor.starts("会商决定：改由另一单位办")
    editor.picks("由哪个单位办", UNITS["housing"])
    editor.writes("谁到会", "执法局、农水局、住建局各一人，编办列席")
    editor.writes("会商纪要", "各方认可建筑垃圾来自在建工地，由住建局牵头清运并追查来源。")
    editor.writes("依据", "城市建筑垃圾管理规定")
    editor.writes("一句话说明", "垃圾来自在建工地，由住建局清运并追查。")
    editor.confirms("会商决定：改由另一单位办")
    second.sends_order(number)

    # the third asks something, asks for more time, and gets both
    housing = come(Officer, "housing")
    housing.opens_order("河边步道")
    third = f"{number}-Z3"
    housing.signs()
    housing.starts("请补充材料（暂停计时）")
    housing.writes("需要补充什么", "请说明堆放处离哪座桥最近。")
    housing.confirms("请补充材料（暂停计时）")
    editor.case(number)
    editor.starts("补充完毕，恢复计时")
    editor.writes("补充的内容", "在中心桥以东五十米。")
    editor.confirms("补充完毕，恢复计时")
    housing.opens(f"/orders/{third}")
    housing.starts("申请延期")
    housing.writes("延到哪天", time.last_day(third).isoformat())
    housing.writes("为什么", "工地停工，要先协调车辆进场。")
    housing.writes("延期期间的临时措施", "先用围挡隔开步道，派人看守。")
    housing.confirms("申请延期")
    editor.case(number)
    editor.does("同意延期")

    # it promises, and the day passes
    promised = time.today() + timedelta(days=2)
    housing.opens(f"/orders/{third}")
    housing.clicks("答复", exact=True)
    for n in (1, 2):
        housing.writes(f"对第 {n} 项的答复", ("护栏外的建筑垃圾清运方案已定。", "已调取工地出土记录，正在核对。")[n - 1])
    housing.marks("承诺办理")
    housing.writes("总的说明", "经现场查勘，河边步道的建筑垃圾约六十方，已安排车辆，联系人在岗。")
    housing.writes("承诺哪天办好", promised.isoformat())
    housing.clicks("提交答复")
    releases(editor, number, "建筑垃圾约六十方，承诺按期清运完毕，正在追查来源。")
    time.passes(5)
    anybody = come(Citizen)
    anybody.opens("/promises")
    anybody.sees(PUBLIC)
    anybody.sees("未兑现")

    # sent back, supervised, answered
    editor.logs_in("duty")
    editor.case(number)
    editor.starts("退回重办")
    editor.writes("哪里不行", "承诺的日子过了，现场一车没清。")
    editor.marks("3 个工作日")
    editor.confirms("退回重办")
    chief = come(Editor, "chief")
    chief.case(number)
    chief.starts("督办")
    chief.writes("督办要求", "三日内清完六十方，公布来源，逐日报进展。")
    chief.confirms("督办")
    housing.logs_in("housing")
    housing.opens(f"/orders/{third}")
    housing.starts("答复督办")
    housing.writes("为什么没有办成", "原定车辆被调走，已另行落实两台。")
    housing.writes("措施和时间", "徐某负责，两台车，后天清完。")
    housing.confirms("答复督办")
    chief.case(number)
    chief.does("认可督办答复")

    # done at last, seen by the squad
    housing.opens(f"/orders/{third}")
    housing.answers(["六十方建筑垃圾已全部清走，地面冲洗完毕。", "来自桥东在建工地，已立案处罚。"],
                    "经查，河边步道的建筑垃圾系工地偷倒，现已清走并立案，联系人在岗。", photo("清走.jpg", "#dfe6dc"))
    second.logs_in("second")
    releases(second, number, "六十方建筑垃圾已全部清走；系桥东工地偷倒，已立案处罚。")
    editor.offers(number, "回访", world.SQUAD, "看六十方是不是真清走了。", order=third, days=time.days + 2)
    reporter = come(Reporter, "writer", phone=True, **PHONE)
    reporter.accepts(TITLE)
    reporter.checks_in("河边步道", "地面干净，围挡已撤")
    reporter.verifies("来回走了两趟，护栏外没有垃圾。", photo("前.jpg"), photo("后.jpg", "#dfe6dc"))
    editor.approves(number)
    editor.settles(number)
    editor.closes(number, "已解决", "垃圾清走了，偷倒的工地已被处罚。")

    # and the citizen says it is back
    citizen.follows()
    citizen.evaluates("未解决", "不满意", "昨晚又倒了两车")
    citizen.follows()
    citizen.reopens("昨天晚上又倒了两车，在同一个地方。")

    anybody.opens("/cases")
    anybody.clicks(PUBLIC)
    for words in (*UNITS.values(), "退单", "会商", "垃圾来自在建工地，由住建局清运并追查", "暂停", "工地停工，要先协调车辆进场",
                  "市住建局的承诺到期没有兑现", "天才办好", "退回重办", "承诺的日子过了，现场一车没清", "督办", "专门答复", "回访", "重开"):
        anybody.sees(words)
    for words in ("徐海波", "戴立新", "三定规定", "昨晚又倒了两车", WORDS):
        anybody.does_not_see(words)


def test_the_story_has_three_units_and_their_days(come: Callable[..., Any], live_server: Any) -> None:
    """The chain of hands of the case above, as everybody sees it: each unit once, none holding it still but the last."""
    with live_server.app.app_context():
        from civic.cases import public
        from civic.models import Case, db

        number = db.session.scalars(db.select(Case.number).where(Case.public_title == PUBLIC)).one()
        found = public.page(number)
    assert [hand.name for hand in found.hands if hand.name in UNITS.values()] == list(UNITS.values())
