"""The whole way of one tip, as people click it: told, looked into, sent to a department, verified, told to everybody, closed,
and judged by who told of it. With scripts; and the citizen's and the department's part without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import world
from tests.browser.newsroom import Newsroom
from tests.browser.people import Citizen, Editor, Officer, Reporter, photo

WORDS = "菜场后巷的垃圾三天没人清了，夏天臭味进屋，开不了窗，找过物业没人管。"
TITLE = "箬横菜场后巷垃圾三天一清，夏天臭味进屋"
PUBLIC = "箬横一处菜场后巷垃圾三天一清，居民开不了窗"
ITEMS = ["恢复每日清运", "后巷冲洗除味"]
STORY = "后巷的垃圾谁来清"
PHONE = {"viewport": {"width": 360, "height": 780}}


@pytest.fixture(scope="module", autouse=True)
def staff(live_server: Any) -> None:
    world.people(live_server.app)


@pytest.fixture
def come(browse: Callable[..., Any]) -> Callable[..., Any]:
    """``come(Editor, "duty")``: a person at a browser of their own, logged in."""

    def make(kind: type[Any], login: str = "", **shape: Any) -> Any:
        person = kind(browse(**shape))
        if login:
            person.logs_in(login)
        return person

    return make


def test_one_tip_from_beginning_to_end(come: Callable[..., Any], live_server: Any) -> None:
    citizen = come(Citizen, phone=True, **PHONE)
    citizen.reports(WORDS, "箬横镇中心菜场后巷，农商银行对面", photo())

    editor = come(Editor, "duty")
    editor.reads_tip("菜场后巷")
    number = editor.accepts(TITLE, "暴露垃圾")
    editor.discloses(number, PUBLIC, "后巷垃圾桶三天清运一次，夏天臭味进屋。")
    editor.offers(number, "调查", world.SQUAD, "到菜场后巷看两天，早晚各一次，记下清运车到场时间。")

    reporter = come(Reporter, "writer", phone=True, **PHONE)
    reporter.accepts(TITLE)
    reporter.checks_in("菜场后巷", "三只桶满溢", photo())
    reporter.notes("反映人", "窗户一个夏天没开过。", photo())
    reporter.hands_in("两次到点，间隔二十六小时，垃圾没有清。物业说清运归环卫所。")

    editor.approves(number)
    editor.drafts_order(number, "市综合执法局", "菜场后巷的垃圾桶三天清运一次，夏天有异味。", ITEMS)
    second = come(Editor, "second")
    second.sends_order(number)

    officer = come(Officer, "officer")
    officer.opens_order("菜场后巷")
    officer.signs()
    officer.answers(["已恢复每天早晚各清运一次。", "已用高压水枪冲洗两遍。"],
                    "经查，清运车坏了一台。今天已修好并恢复每日清运，后巷冲洗完毕，联系人在岗。", photo("冲洗后.jpg", "#dfe6dc"))

    editor.releases(number, "清运车已修好，恢复每天早晚各清运一次；后巷冲洗完毕。")
    editor.offers(number, "回访", world.SQUAD, "到现场看答复的两项是不是真的。", order=f"{number}-Z1")
    reporter.accepts(TITLE)
    reporter.checks_in("菜场后巷", "桶是空的，地面干净")
    reporter.verifies("连看两个早上，六点半清运，地面干净无异味。", photo("前.jpg"), photo("后.jpg", "#dfe6dc"))
    editor.approves(number)
    editor.settles(number)

    reporter.pitches(number, STORY, "清运标准写明一日一清，为什么三天一清；恢复以后怎么样。")
    reporter.writes_story(STORY, "清运标准写的是一日一清，后巷等了三天。", "六月以来，菜场后巷的垃圾三天才清一次。如今恢复每日清运。",
                          ["三天清一次｜记者两次到点", "恢复每日清运｜回访所见"])
    come(Editor, "first").signs_story(STORY, "签名：同意")
    come(Editor, "reader").signs_story(STORY, "签名：同意")
    come(Editor, "chief").signs_story(STORY, "签发")
    editor.queues(STORY, "App", "首页")
    live_server.flask("civic", "sweep")

    editor.closes(number, "已解决", "清运恢复，后巷干净，记者回访两次都看到了。谢谢您。")

    anybody = come(Citizen, phone=True, **PHONE)
    anybody.opens("/cases")
    anybody.clicks(PUBLIC)
    for words in ("已解决", "市综合执法局", "小虎队", STORY, "回访"):
        anybody.sees(words)
    anybody.does_not_see("窗户一个夏天没开过")

    citizen.follows()
    citizen.sees("您反映的事已经结案")
    citizen.sees(number)
    citizen.evaluates("已解决", "很满意", "清得很干净")
    citizen.sees("您的评价")


def test_the_citizen_and_the_department_need_no_scripts(come: Callable[..., Any], live_server: Any) -> None:
    """Their part with JavaScript off; what the newsroom does in between is done by its verbs."""
    citizen = come(Citizen, phone=True, javascript=False, **PHONE)
    citizen.reports(WORDS, "菜场后巷，农商银行对面", photo())
    newsroom = Newsroom(live_server.app)
    newsroom.asks("一般是几点开始有味道的？")

    citizen.follows()
    citizen.sees("一般是几点开始有味道的？")
    citizen.replies("傍晚六点以后最重。", photo("傍晚.jpg"))
    citizen.sees("傍晚六点以后最重。")
    newsroom.accepts_and_sends(TITLE, PUBLIC, ITEMS)

    officer = come(Officer, "officer", javascript=False)
    officer.opens_order("农商银行对面的垃圾桶")
    officer.signs()
    officer.answers(["已恢复每天早晚各清运一次。", ""], "经查，清运车坏了一台，今天已修好。", photo("冲洗后.jpg", "#dfe6dc"))
    officer.sees("还没有回答")
    officer.finishes_answer("对第 2 项的答复", "已用高压水枪冲洗两遍。")
    officer.sees("等编辑部核实")

    newsroom.verifies_and_closes("清运恢复，后巷干净。")
    citizen.follows()
    citizen.sees("您反映的事已经结案")
    citizen.evaluates("未解决", "不满意", "又堆起来了")
    citizen.sees("您的评价")
    citizen.reopens("昨天晚上又堆满了。")
    citizen.sees("正在办")
