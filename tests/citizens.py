"""A citizen at the form: the steps of /tip as somebody walks them, over any client that can get and post."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.client import Form, forms

WORDS = "菜场后巷垃圾三天没清，味道很重，找过物业没人管。"
PLACE = "中心菜场后巷"


class Page(Protocol):
    """What a client gives for an answer."""

    status_code: int
    text: str


class Line(Protocol):
    """What a client can do."""

    def get(self, path: str, **kwargs: Any) -> Page: ...
    def post(self, path: str, data: dict[str, Any], **kwargs: Any) -> Page: ...


def form_of(page: Page, identity: str = "wizard") -> Form:
    return next(form for form in forms(page.text) if form.id == identity or identity in form.action)


def press(line: Line, page: Page, go: str = "next", data: dict[str, Any] | None = None, **kwargs: Any) -> Page:
    """Presses a button of the form with these fields filled in."""
    form = form_of(page)
    return line.post(form.action or "/tip", data={**form.values, **(data or {}), "go": go}, **kwargs)


def to_check(line: Line, words: str = WORDS, place: str = PLACE, **contact: Any) -> Page:
    """Walks to the last page, where everything is shown once more and «send» is the next button."""
    page = press(line, line.get("/tip"), "no")
    page = press(line, page, data={"text": words})
    page = press(line, page, data={"address": place})
    return press(line, page, data={"consent": "anonymous", **contact})


def code_of(page: Page) -> str:
    """The 20 digits of a receipt page; empty when the page shows none."""
    found = re.search(r'id="receipt-code">(.*?)</p>', page.text, re.DOTALL)
    return re.sub(r"\D", "", re.sub(r"<[^>]+>", "", found[1])) if found else ""


@dataclass
class Answer:
    """An answer over a real line."""

    status_code: int
    text: str
    headers: Any = field(default_factory=dict)


class Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other."""

    def redirect_request(self, *args: Any) -> None:
        return None


@dataclass
class Wire:
    """A client over real HTTP with cookies kept by hand; OSError when the line breaks."""

    base: str
    cookies: dict[str, str] = field(default_factory=dict)
    timeout: float = 20

    def get(self, path: str, **_: Any) -> Answer:
        return self._open(urllib.request.Request(urllib.parse.urljoin(self.base, path)))  # noqa: S310 - our own server

    def post(self, path: str, data: dict[str, Any], **_: Any) -> Answer:
        body = urllib.parse.urlencode(data, doseq=True).encode()
        return self._open(urllib.request.Request(urllib.parse.urljoin(self.base, path), body))  # noqa: S310

    def _open(self, request: urllib.request.Request) -> Answer:
        if self.cookies:
            request.add_header("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay())
        try:
            with opener.open(request, timeout=self.timeout) as found:
                return self._answer(found.status, found.headers, found.read())
        except urllib.error.HTTPError as found:
            with found:
                return self._answer(found.code, found.headers, found.read())

    def _answer(self, status: int, headers: Any, body: bytes) -> Answer:
        for cookie in headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";", 1)[0].partition("=")
            self.cookies[name] = value
        return Answer(status, body.decode("utf-8", "replace"), headers)
