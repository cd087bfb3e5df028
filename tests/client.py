"""A test client that behaves like a browser without scripts, and looks at every page it is given."""

from __future__ import annotations

import contextvars
import re
from typing import Any
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

import html5lib
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

QUIET = {"hidden", "submit", "button", "image", "reset"}


class Client(FlaskClient):
    """Every request runs without the test's own application context, as in life (``flask.g`` starts empty).

    ``with client:`` is not supported for that reason. ``check_pages = False`` switches the page check off.
    """

    check_pages = True

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response: TestResponse = contextvars.Context().run(super().open, *args, **kwargs)
        if self.check_pages and response.mimetype == "text/html" and response.data and not response.location:
            faults = page_faults(response.text)
            assert not faults, f"{response.request.path}: " + "; ".join(faults)
        return response

    def submit(
        self, page: TestResponse | str, data: dict[str, Any] | None = None, *, form: str = "", **kwargs: Any
    ) -> TestResponse:
        """Fills the page's form (the one whose action, id or button has ``form`` in it) and sends it.

        ``page`` is an answer or an address to get first. Fields keep what the page has put into them; ``data`` changes
        or adds some (None takes one out). A field that the form does not have is an error.
        """
        if isinstance(page, str):
            page = self.get(page)
        found = [
            one for one in forms(page.text) if form in one.action or form == one.id or form in " ".join(one.buttons)
        ]
        assert found, f"no form {form!r} on {page.request.path}"
        chosen = found[0] if form else max(found, key=lambda one: one.method == "post")
        values = dict(chosen.values)
        for name, value in (data or {}).items():
            assert name in chosen.names, f"the form has no field {name!r}, only {sorted(chosen.names)}"
            values.pop(name, None)
            if value is not None:
                values[name] = value
        target = urljoin(page.request.path, chosen.action) if chosen.action else page.request.full_path
        if chosen.method == "get":
            return self.get(target, query_string=values, **kwargs)
        return self.post(target, data=values, **kwargs)


class Form:
    """One form as a browser would send it."""

    def __init__(self, element: Element) -> None:
        self.id = element.get("id", "")
        self.action = element.get("action", "")
        self.method = element.get("method", "get").lower()
        self.names: set[str] = set()
        self.values: dict[str, Any] = {}
        self.buttons: list[str] = []
        for field in element.iter():
            self._take(field)

    def _take(self, field: Element) -> None:
        name, kind = field.get("name", ""), field.get("type", "text").lower()
        if field.tag == "button" or kind in {"submit", "image"}:
            self.buttons += [text_of(field), name, field.get("value", "")]
            self.names |= {name} if name else set()
            return
        if not name or field.get("disabled") is not None or field.tag not in {"input", "select", "textarea"}:
            return
        self.names.add(name)
        if field.tag == "textarea":
            self._put(name, text_of(field).removeprefix("\n"))
        elif field.tag == "select":
            options = list(field.iter("option"))
            chosen = [option for option in options if option.get("selected") is not None]
            for option in chosen or ([] if field.get("multiple") is not None else options[:1]):
                self._put(name, option.get("value", text_of(option)))
        elif kind in {"checkbox", "radio"}:
            if field.get("checked") is not None:
                self._put(name, field.get("value", "on"))
        elif kind != "file":
            self._put(name, field.get("value", ""))

    def _put(self, name: str, value: str) -> None:
        if name in self.values:
            before = self.values[name]
            self.values[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            self.values[name] = value


def text_of(element: Element) -> str:
    return "".join(element.itertext())


def parse(html: str) -> tuple[Element, list[str]]:
    """The tree of a page and what the parser of the HTML standard finds wrong with it."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(html)
    return tree, [f"{code} at line {place[0]}" for place, code, _ in parser.errors]


def forms(html: str) -> list[Form]:
    return [Form(element) for element in parse(html)[0].iter("form")]


def page_faults(html: str) -> list[str]:
    """What is wrong with a page: HTML, title, language, ids, labels, and what the content policy would block."""
    tree, faults = parse(html)
    title = tree.find(".//title")
    if title is None or not text_of(title).strip():
        faults.append("no title")
    if not tree.get("lang"):
        faults.append("no language on <html>")
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    ids = [element.get("id", "") for element in elements if element.get("id") is not None]
    faults += [f"id {one!r} occurs twice" for one in sorted({one for one in ids if ids.count(one) > 1})]
    labelled = {element.get("for", "") for element in elements if element.tag == "label"}
    inside = {id(child) for element in elements if element.tag == "label" for child in element.iter()}
    for element in elements:
        faults += _inline(element)
        if element.tag == "img" and element.get("alt") is None:
            faults.append(f"an image without alt: {element.get('src', '')[:60]}")
        field = element.tag in {"select", "textarea"} or (
            element.tag == "input" and element.get("type", "text") not in QUIET
        )
        named = element.get("aria-label") or element.get("aria-labelledby") or element.get("id", "") in labelled
        if field and not named and id(element) not in inside:
            faults.append(f"field {element.get('name')!r} has no label")
    faults += [f"label for {one!r} points to nothing" for one in sorted(labelled - set(ids) - {""})]
    return faults


def _inline(element: Element) -> list[str]:
    faults = [
        f"inline {name} on <{element.tag}>"
        for name in element.attrib
        if name == "style" or re.match(r"on[a-z]+$", name)
    ]
    if element.tag == "style" or (
        element.tag == "script"
        and not element.get("src")
        and text_of(element).strip()
        and element.get("type") not in {"application/json", "application/ld+json"}
    ):
        faults.append(f"inline <{element.tag}>")
    return faults
