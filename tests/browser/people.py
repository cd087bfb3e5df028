"""The people of a journey and what each of them does, in a person's words. They click by role and name, never by CSS.

Every person has a browser of their own. Staff log in through the login page with `PASSWORD`.
"""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

from civic.kit import clock

PASSWORD = "渔港清晨六点看潮汐 2719"


def photo(name: str = "后巷.jpg", colour: str = "#6b4f3a") -> dict[str, Any]:
    """A picture as a phone would give it."""
    image = Image.new("RGB", (1200, 900), colour)
    draw = ImageDraw.Draw(image)
    for n in range(12):
        draw.rectangle((n * 100, 500 + n * 20, n * 100 + 70, 880), fill=("#2f6b4f", "#8a8378", "#c9c2b4")[n % 3])
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return {"name": name, "mimeType": "image/jpeg", "buffer": out.getvalue()}


def local(after: timedelta) -> str:
    """A moment from now as a datetime-local field takes it."""
    return f"{clock.local(clock.now() + after):%Y-%m-%dT%H:%M}"


def named(words: str, exact: bool = False, after: str = "") -> re.Pattern[str]:
    """The name of a control in these words, wherever a line may break inside them."""
    inner = r"\s*".join(re.escape(sign) for sign in words if not sign.isspace())
    return re.compile(rf"^\s*{inner}{after}\s*$" if exact else inner)


class Person:
    """Somebody in front of a page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def _body(self) -> Locator:
        return self.page.get_by_role("main")

    def opens(self, path: str) -> None:
        """Types an address of the site."""
        self.page.goto(path)

    def clicks(self, name: str, exact: bool = False, within: Locator | None = None) -> None:
        """Presses the button, or follows the link, that is called so."""
        place = within or self._body()
        words = named(name, exact)
        target = place.get_by_role("button", name=words).or_(place.get_by_role("link", name=words))
        target.filter(visible=True).first.click()

    def writes(self, label: str, words: str) -> None:
        """Fills the field that is called so."""
        self._body().get_by_label(label).filter(visible=True).first.fill(words)

    def picks(self, label: str, option: str) -> None:
        """Chooses from a list, by a part of the option's words."""
        box = self._body().get_by_label(label).filter(visible=True).first
        box.select_option(box.get_by_role("option", name=option).first.get_attribute("value"))

    def marks(self, name: str) -> None:
        """Marks a radio or a check box."""
        box = self._body().get_by_role("radio", name=name).or_(self._body().get_by_role("checkbox", name=name))
        box.first.check()

    def attaches(self, label: str, *files: dict[str, Any]) -> None:
        """Picks files."""
        self._body().get_by_label(label).first.set_input_files(list(files))

    def unfolds(self, name: str) -> None:
        """Opens a folded part if it is closed."""
        fold = self.page.locator("details", has=self.page.locator("summary", has_text=name)).first
        if fold.get_attribute("open") is None:
            fold.locator("summary").first.click()

    def sees(self, words: str) -> None:
        """These words are on the page."""
        expect(self.page.locator("body")).to_contain_text(words)

    def does_not_see(self, words: str) -> None:
        expect(self.page.locator("body")).not_to_contain_text(words)


class Citizen(Person):
    """Nobody's account; a receipt."""

    receipt = ""

    def begins(self) -> None:
        """From the front page to the first question."""
        self.opens("/")
        self.page.get_by_role("link", name="我要反映").first.click()
        self.clicks("没有，我要反映问题")

    def reports(self, words: str, address: str, *pictures: dict[str, Any]) -> str:
        """Sends a tip, keeps the receipt, says that it is kept; the receipt."""
        self.begins()
        self.writes("发生了什么", words)
        if pictures:
            self.attaches("照片、视频或录音", *pictures)
        self.clicks("下一步：在哪里")
        self.writes("地址", address)
        self.clicks("下一步：怎么联系")
        self.marks("匿名")
        self.clicks("下一步：看一遍")
        self.sees(words)
        self.clicks("发送", exact=True)
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("收到了")
        slip = self.page.get_by_role("region", name="回执").inner_text()
        self.receipt = re.sub(r"\D", "", re.search(r"(?:\d{4}\s+){4}\d{4}", slip)[0])  # type: ignore[index]
        self.writes("最后 4 位", self.receipt[-4:])
        self.clicks("我收好了", exact=True)
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("谢谢您")
        return self.receipt

    def follows(self) -> None:
        """Opens the follow-up page with the receipt."""
        self.opens("/follow")
        self.writes("查询码", self.receipt)
        self.clicks("看进展", exact=True)

    def replies(self, words: str, *pictures: dict[str, Any]) -> None:
        """Answers the question of the desk."""
        self.writes("您的回答", words)
        if pictures:
            self.attaches("照片", *pictures)
        self.clicks("回答编辑的问题")

    def reopens(self, why: str) -> None:
        """Asks for the case to be taken up again."""
        self.unfolds("没解决？申请重开")
        self.writes("为什么", why)
        self._body().get_by_role("button", name=named("没解决？申请重开")).click()

    def evaluates(self, solved: str, content: str, words: str = "") -> None:
        """Says whether it is solved and how content they are."""
        self.unfolds("评价办理结果")
        self.marks(solved)
        self.page.get_by_role("radio", name=content, exact=True).check()
        if words:
            self.writes("想说的话", words)
        self._body().get_by_role("button", name=named("评价办理结果")).click()


class Staff(Person):
    """Somebody with an account."""

    def logs_in(self, login: str) -> None:
        self.opens("/login")
        self.writes("账号", login)
        self.writes("密码", PASSWORD)
        self.clicks("登录", exact=True)
        self.page.wait_for_url(re.compile(r"/(?!login)"))

    def starts(self, move: str) -> None:
        """Presses the button of a move, which leads to its form; looks under 更多 when it is not in sight."""
        self._move(move).click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(move)

    def confirms(self, move: str) -> None:
        """Sends the form of a move; the page says that it is done."""
        self._body().get_by_role("button", name=move, exact=True).last.click()
        self.sees(f"已完成：{move}")

    def does(self, move: str) -> None:
        """A move that asks nothing: one click, or a form with one button."""
        button = self._move(move)
        asks_first = button.get_attribute("href") is not None
        button.click()
        if asks_first:
            self.confirms(move)
        self.sees(f"已完成：{move}")

    def _move(self, move: str) -> Locator:
        """The button of a move: its words, perhaps with a letter of the keyboard after them."""
        words = named(move, exact=True, after=r"(\s*[A-Z])?")
        found = self._body().get_by_role("link", name=words).or_(self._body().get_by_role("button", name=words))
        if not found.filter(visible=True).count():
            for fold in self._body().locator("summary", has_text="更多").filter(visible=True).all():
                fold.click()
        return found.filter(visible=True).first


class Editor(Staff):
    """The duty editor, the chief, the reviewers: whoever sits at the desk."""

    def case(self, number: str) -> None:
        """Opens the page of a case."""
        self.opens(f"/desk/cases/{number}")

    def reads_tip(self, words: str) -> None:
        """Finds a tip in the queue of what waits, and opens its page."""
        self.opens("/desk")
        self.page.get_by_role("link", name=words).first.click()

    def accepts(self, title: str, category: str) -> str:
        """Accepts the open tip into a new case; the number of the case."""
        self.starts("受理")
        self.writes("一句话事实", title)
        self.picks("类别", category)
        self.marks("C 日常")
        self.confirms("受理")
        return re.search(r"[A-Z]+-\d{4}-\d{4,}", self._body().inner_text())[0]  # type: ignore[index]

    def discloses(self, number: str, title: str, summary: str) -> None:
        """Makes a case public under a title of its own."""
        self.case(number)
        self.starts("公开")
        self.writes("公开标题", title)
        self.writes("公开摘要", summary)
        self.marks("约 100 米")
        for promise in ("没有反映人的姓名", "没有未遮挡的人脸", "不超出反映人同意"):
            self.marks(promise)
        self.confirms("公开")

    def offers(self, number: str, kind: str, squad: str, brief: str, order: str = "", days: float = 2) -> None:
        """Offers a task on a case to a squad; a verification names the order it looks at."""
        self.case(number)
        self.starts("派任务")
        self.marks(kind)
        self.picks("派给谁", squad)
        self.writes("要做什么", brief)
        self.writes("什么时候要", local(timedelta(days=days)))
        if order:
            self.chooses_order(order)
        self.confirms("派任务")

    def chooses_order(self, order: str) -> None:
        """Says which order a verification is about."""
        radio = self._body().get_by_role("radio", name=order)
        if radio.count():
            radio.first.check()
        else:
            self.picks("回访哪张转办单", order)

    def approves(self, number: str) -> None:
        """Approves the task that was handed in."""
        self.case(number)
        self.does("验收")

    def drafts_order(self, number: str, unit: str, brief: str, items: list[str], why: str = "") -> None:
        """Drafts an order to a department and reads it as the department will; `why` when the catalogue names another."""
        self.case(number)
        self.clicks("派单", exact=True)
        self.picks("承办单位", unit)
        self.writes("去标识的情况摘要", brief)
        self.writes("诉求", "\n".join(items))
        if why:
            self._body().locator("summary", has_text="不按目录的理由").filter(visible=True).first.click()
            self.writes("不按目录派单的理由", why)
        self.clicks("看看单位会收到什么")
        self.sees(brief)
        self.clicks("拟好这")
        self.sees("请另一位编辑核对后发出")

    def sends_order(self, number: str) -> None:
        """Sends the draft of somebody else."""
        self.case(number)
        self.does("发出")

    def releases(self, number: str, words: str) -> None:
        """Shows the answer to everybody."""
        self.case(number)
        self.starts("公开答复")
        self.writes("公开的答复", words)
        self.confirms("公开答复")

    def settles(self, number: str) -> None:
        self.case(number)
        self.does("办结")

    def closes(self, number: str, resolution: str, note: str) -> None:
        """Closes a case with an outcome and a word to who told of it."""
        self.case(number)
        self.starts("结案")
        self.chooses(resolution, "结果")
        self.writes("给反映人的说明", note)
        self.confirms("结案")

    def chooses(self, option: str, label: str) -> None:
        """Chooses an option, whether it is drawn as radios or as a list."""
        radio = self._body().get_by_role("radio", name=option)
        if radio.count():
            radio.first.check()
        else:
            self.picks(label, option)

    def signs_story(self, title: str, button: str) -> None:
        """Reads a story to the end, ticks the list of the level, and signs it."""
        self.opens("/stories")
        self.clicks(title)
        self.clicks("看完签字")
        for box in self._body().get_by_role("region", name="签字").get_by_role("checkbox").all():
            box.check()
        self.clicks(button, exact=True)

    def queues(self, title: str, channel: str, slot: str) -> None:
        """Queues a signed story for now; the clock puts it out."""
        self.opens("/stories")
        self.clicks(title)
        self.clicks(channel, exact=True)
        self.writes("不早于", local(timedelta(minutes=-1)))
        self.writes("版面或时段", slot)
        self.clicks("排上", exact=True)


class Reporter(Staff):
    """A member of a squad, with a phone."""

    def accepts(self, title: str) -> None:
        """Takes the offer of a case in one tap."""
        self.opens("/tasks")
        self.clicks(f"接办：{title}")
        self.sees("已接办")

    def checks_in(self, where: str, saw: str, *pictures: dict[str, Any]) -> None:
        self.clicks("到点签到")
        self.writes("或写在哪里", where)
        self.writes("看到什么", saw)
        if pictures:
            self.attaches("现场照片", *pictures)
        self.clicks("签到", exact=True)
        self.sees("已签到")

    def notes(self, speaker: str, words: str, *pictures: dict[str, Any]) -> None:
        """Notes down what somebody said."""
        self.clicks("记一笔")
        self.marks(speaker)
        self.writes("内容", words)
        if pictures:
            self.attaches("照片", *pictures)
        self.clicks("记下", exact=True)
        self.sees("记下了")

    def hands_in(self, findings: str) -> None:
        """Hands the investigation in."""
        self.clicks("交任务")
        self.writes("查到了什么", findings)
        self.marks("两方都听了")
        self.clicks("交给值班编辑")
        self.sees("已交")

    def verifies(self, findings: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Hands a verification in: solved, seen on the spot, with a picture of before and of after."""
        self.clicks("交任务")
        self.marks("属实，已解决")
        self.marks("现场")
        self.writes("看到的情况", findings)
        self.attaches("整改前的照片", before)
        self.attaches("整改后的照片", after)
        self.clicks("交给值班编辑")
        self.sees("已交")

    def pitches(self, number: str, title: str, angle: str) -> None:
        """Proposes a story on a case and starts it."""
        self.opens(f"/stories/new?case={number}")
        self.writes("题目", title)
        self.writes("角度", angle)
        self.marks("图文")
        self.clicks("报上去")
        self.does("开写")

    def writes_story(self, title: str, lead: str, body: str, facts: list[str]) -> None:
        """Writes the first version and submits it for review."""
        self.clicks("写稿")
        self.writes("标题", title)
        self.writes("导语", lead)
        self.writes("正文", body)
        self._body().get_by_text("成批粘贴").click()
        self.writes("粘贴的事实", "\n".join(facts))
        self.clicks("存稿", exact=True)
        self.starts("送审")
        for check in ("每个事实都有来源", "核对过", "出镜的人同意"):
            self.marks(check)
        self.confirms("送审")


class Officer(Staff):
    """An officer of a department."""

    def opens_order(self, words: str) -> None:
        """Finds the order in the inbox."""
        self.opens("/orders")
        self.clicks(words)

    def signs(self) -> None:
        self.clicks("签收", exact=True)

    def answers(self, items: list[str], text: str, *files: dict[str, Any], result: str = "已办好") -> None:
        """Answers item by item and sends it."""
        self.clicks("答复", exact=True)
        for n, words in enumerate(items, 1):
            self.writes(f"对第 {n} 项的答复", words)
        self.marks(result)
        self.writes("总的说明", text)
        if files:
            self.attaches("照片、附件", *files)
        self.clicks("提交答复")

    def finishes_answer(self, label: str, words: str) -> None:
        """Fills in what was missing and sends it again."""
        self.writes(label, words)
        self.clicks("提交答复")
