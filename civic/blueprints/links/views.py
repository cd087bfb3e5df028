"""A one-time link opened by GET and used by POST. No cookie, no navigation, nothing kept by caches or search engines.

The link itself is the right to answer, and it is in the address of the form only, so there is no session whose token a
foreign page could borrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import make_response, render_template, request
from werkzeug.wrappers import Response

from civic.blueprints.links import bp
from civic.departments import links, papers, queries
from civic.files import intake
from civic.files.attach import Stored
from civic.kit.result import Invalid, NotFound
from civic.kit.text import clean
from civic.models import OrderLink, db
from civic.reference import lookup
from civic.web import guard, sealed
from civic.web.throttle import Throttle

KNOCKS = Throttle(limit=20, window=900)
"""Addresses with a link that never was, in a quarter of an hour: guessing is hopeless, and slow."""
SENDS = Throttle(limit=30, window=900)
"""Sent forms from one address in a quarter of an hour: each may bring files to be looked through."""
MOST_FILES = 6


def _answer(template: str, code: int = 200, **values: Any) -> Response:
    response = make_response(render_template(template, **values), code)
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _slow() -> Response:
    response = _answer("links/gone.html", 429, status="slow", kept=(), link=None)
    response.headers["Retry-After"] = "900"
    return response


def _purpose(row: OrderLink) -> str:
    return f"link-files:{row.id}"


def _form(row: OrderLink, typed: Mapping[str, Any], errors: Mapping[str, str], files: Sequence[Stored] = (), code: int = 200) -> Response:
    order = row.referral
    held = sealed.seal(_purpose(row), {"files": [intake.to_state(item) for item in files]}) if files else ""
    return _answer(
        "links/form.html", code, link=row, order=order, title=queries.headline(order.brief), place=papers.place(order),
        unit=lookup.department_name(order.department, short=False), category=lookup.category_name(order.case.category),
        items=[{"id": str(item.id), "no": item.position, "text": item.text, "value": typed.get(f"item-{item.id}", ""),
                "error": errors.get(f"item-{item.id}", "")} for item in order.items],
        typed=typed, errors=errors, held=held, files=[{"name": item.name, "number": n} for n, item in enumerate(files)],
        limits=links.LIMITS, most=MOST_FILES)


def _gone(row: OrderLink, status: str, kept: Sequence[str] = ()) -> Response:
    return _answer("links/gone.html", 410, status=status, link=row, kept=kept,
                   unit=lookup.department_name(row.department, short=False))


@bp.get("/once/<token>")
@guard.public
def show(token: str) -> Response:
    """The order as the unit sees it, and the form. Opening it, or a chat program's preview of it, uses nothing up."""
    if KNOCKS.blocked(request.remote_addr):
        return _slow()
    try:
        row = links.by_token(token)
    except NotFound:
        KNOCKS.failed(request.remote_addr)
        return _answer("links/gone.html", 404, status="unknown", kept=(), link=None)
    status = links.status(row)
    return _form(row, {}, {}) if status == links.OPEN else _gone(row, status)


@bp.post("/once/<token>")
@guard.public
def send(token: str) -> Response:
    """Takes the answer in and uses the link up. Whatever goes wrong, the words stay on the page."""
    if SENDS.blocked(request.remote_addr) or KNOCKS.blocked(request.remote_addr):
        return _slow()
    SENDS.failed(request.remote_addr)
    form = request.form
    typed = {name: clean(value)[:20_000] for name, value in form.items() if name != "files"}
    try:
        row = links.by_token(token)
    except NotFound:
        KNOCKS.failed(request.remote_addr)
        return _answer("links/gone.html", 404, status="unknown", kept=_words(typed), link=None)
    if links.status(row) != links.OPEN:
        return _gone(row, links.status(row), _words(typed))
    files, problems = _files(row)
    data = {"person": typed.get("person"), "phone": typed.get("phone"), "text": typed.get("text"),
            "items": {str(item.id): typed.get(f"item-{item.id}", "") for item in row.referral.items}}
    try:
        if problems:
            raise Invalid({"photos": " ".join(problems)})
        done = links.submit(token, data, files)
    except links.Gone as gone:
        db.session.rollback()
        return _gone(links.by_token(token), gone.status, _words(typed))
    except Invalid as error:
        db.session.rollback()
        return _form(links.by_token(token), typed, error.errors, files, 422)
    return _answer("links/done.html", link=done, unit=lookup.department_name(done.department, short=False))


def _words(typed: Mapping[str, str]) -> list[str]:
    """What was written, to be copied from a page that cannot take it any more."""
    return [value for name, value in typed.items() if value and (name == "text" or name.startswith("item-"))]


def _files(row: OrderLink) -> tuple[list[Stored], list[str]]:
    opened = sealed.unseal(_purpose(row), request.form.get("files"))
    kept = [intake.from_state(dict(values)) for values in opened.state.get("files", ())]
    kept = [item for number, item in enumerate(kept) if request.form.get(f"drop-{number}") != "y"]
    fresh, problems = intake.receive_all(request.files.getlist("photos"), room=max(MOST_FILES - len(kept), 0))
    return [*kept, *fresh], problems
