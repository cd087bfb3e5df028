"""The desk's board of releases, and for each story and channel the package a person takes along."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from flask import Response as FlaskResponse
from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.blueprints.outlets import bp, page
from civic.kit.result import NotFound
from civic.newsroom import board as boards
from civic.newsroom import channel_texts, packages, story
from civic.reference import outlets
from civic.web import guard
from civic.web.attempt import NONE, Trouble, attempt
from civic.web.templating import here

Answer = str | Response | tuple[str, int]


@bp.get("/outlets")
@guard.staff("newsroom")
def board() -> str:
    """What waits, what is due, what is out and what was pulled, channel by channel."""
    given = boards.Filters.read(request.args)
    found = boards.board(g.actor, given)
    return render_template(
        "outlets/board.html", found=found, given=given, columns=page.columns(found, given), tabs=page.tabs(found, given),
        channel=outlets.name(given.channel) if given.channel else "", rows=[page.item(item) for item in found.items],
        may_release="D" in g.actor.letters, next_url=here(after=found.next_key) if found.next_key else "",
        first_url=here(after=None) if given.after else "")


@bp.get("/outlets/<uuid:story_id>/<code>")
@guard.staff("newsroom")
def package(story_id: uuid.UUID, code: str) -> Answer:
    """Text cut to the channel's lengths, pictures in its sizes, buttons to copy; what was left out is shown."""
    return _page(story_id, code)


def _page(story_id: uuid.UUID, code: str, trouble: Trouble = NONE, typed: dict[str, str] | None = None) -> Answer:
    row = story.find(g.actor, story_id)
    found = packages.package(row, code)
    words = found.words
    address = page.address(row, found)
    values = typed or {part.name: part.text for part in words.parts}
    html = render_template(
        "outlets/package.html", story=row, pack=found, words=words, address=address, qr=page.code(address) if address else None,
        channels=[(one, url_for("outlets.package", story_id=row.id, code=one.code)) for one in outlets.every()], values=values,
        trouble=trouble, may_write=channel_texts.may_write(g.actor, row), stamp=words.stamp, open_form=bool(trouble) or bool(typed),
        may_sign="E3" in g.actor.letters and not words.signed,
        released=[item for item in row.publications if item.channel == code and item.state in ("queued", "live")])
    return (html, trouble.code) if trouble else html


@bp.post("/outlets/<uuid:story_id>/<code>")
@guard.staff("newsroom")
def save(story_id: uuid.UUID, code: str) -> Answer:
    """Keeps a person's words for the channel; too long a text comes back whole with the count."""
    row = story.find(g.actor, story_id)
    typed = {name: request.form.get(name, "")[:60_000] for name in outlets.PARTS}
    if request.form.get("reset"):
        typed = dict.fromkeys(outlets.PARTS, "")
    trouble = attempt(lambda: channel_texts.save(g.actor, row, code, {
        **typed, "version": request.form.get("version", ""), "stamp": request.form.get("stamp", "")}))
    if trouble:
        return _page(story_id, code, trouble, typed)
    saved = channel_texts.row_of(row, channel_texts.current_number(row), code)
    if saved is not None and saved.foreign_words:
        flash(_("存好了。里面有签发稿没有的话，要总编辑补签才能发。"), "warn")
    else:
        flash(_("存好了，下次还是这一份。"), "ok")
    return redirect(url_for("outlets.package", story_id=story_id, code=code), 303)


@bp.post("/outlets/<uuid:story_id>/<code>/sign")
@guard.staff("newsroom")
def sign(story_id: uuid.UUID, code: str) -> Answer:
    """The chief signs for words the signed version does not have."""
    row = story.find(g.actor, story_id)
    trouble = attempt(lambda: channel_texts.sign(g.actor, row, code, request.form.get("stamp", "")))
    if trouble:
        return _page(story_id, code, trouble)
    flash(_("补签好了。"), "ok")
    return redirect(url_for("outlets.package", story_id=story_id, code=code), 303)


@bp.post("/outlets/<uuid:story_id>/<code>/zip")
@guard.staff("newsroom")
def archive(story_id: uuid.UUID, code: str) -> Answer:
    """Everything as one file; who took it stays on the story's record."""
    row = story.find(g.actor, story_id)
    found = packages.package(row, code)
    made: list[bytes] = []
    trouble = attempt(lambda: made.append(packages.archive(g.actor, row, code, page.address(row, found))))
    if trouble:
        return _page(story_id, code, trouble)
    name = f"{found.outlet.name}-{row.title[:30]}-v{found.words.version}.zip"
    return _file(made[0], "application/zip", name)


@bp.get("/outlets/<uuid:story_id>/<code>/<int:position>-<int:size>.jpg")
@guard.staff("newsroom")
def picture(story_id: uuid.UUID, code: str, position: int, size: int) -> Any:
    """One picture in one size of the channel."""
    data = packages.picture(story.find(g.actor, story_id), code, position, size)
    response = FlaskResponse(data, mimetype="image/jpeg")
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response.make_conditional(request)


@bp.get("/outlets/<uuid:story_id>/<code>/qr.svg")
@guard.staff("newsroom")
def qr(story_id: uuid.UUID, code: str) -> Any:
    """The code to the public page as a file."""
    row = story.find(g.actor, story_id)
    address = page.address(row, packages.package(row, code))
    if not address:
        raise NotFound()
    return _file(page.svg(address), "image/svg+xml", "qr.svg")


def _file(data: bytes, mime: str, name: str) -> FlaskResponse:
    response = FlaskResponse(data, mimetype=mime)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response
