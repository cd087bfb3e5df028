"""The people of a journey and what each of them does, in a person's words. They click by role and name, never by CSS.

Every person has a browser of their own. Staff log in through the login page with `PASSWORD`.
"""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
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
        target = place.get_by_role("button", name=name, exact=exact).or_(place.get_by_role("link", name=name, exact=exact))
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
        self.writes("发生了什么事", words) if False else self._body().get_by_role("textbox").first.fill(words)
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
        self.receipt = re.sub(r"\D", "", self.page.locator("#receipt-code").inner_text())
        self.writes("最后 4 位", self.receipt[-4:])
        self.clicks("我收好了", exact=True)
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("谢谢您")
        return self.receipt

    def follows(self) -> None:
        """Opens the follow-up page with the receipt."""
        self.opens("/follow")
        self.writes("查询码", self.receipt)
        self.clicks("看进展", exact=True)

    def evaluates(self, solved: str, content: str, words: str = "") -> None:
        """Says whether it is solved and how content they are."""
        self.unfolds("评价办理结果")
        self.marks(solved)
        self.page.get_by_role("radio", name=content, exact=True).check()
        if words:
            self.writes("想说的话", words)
        self.clicks("评价办理结果")


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
        button = self._body().get_by_role("link", name=re.compile(f"^{re.escape(move)}")).filter(visible=True)
        if not button.count():
            self._body().locator("summary", has_text="更多").filter(visible=True).first.click()
        button.first.click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(move)

    def confirms(self, move: str) -> None:
        """Sends the form of a move; the page says that it is done."""
        self._body().get_by_role("button", name=move, exact=True).last.click()
        self.sees(f"已完成：{move}")
