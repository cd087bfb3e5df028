"""The kit's pages and the door its outbox goes through. Everything a phone keeps lies under /field/."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, flash, g, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import BadRequest, NotFound, RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from civic.blueprints.field import bp, page
from civic.files.appicon import SIZES
from civic.kit.result import Invalid
from civic.kit.result import NotFound as Missing
from civic.newsroom import consents, fieldkit, fieldsync, taskpage
from civic.places import rounds
from civic.web import guard
from civic.web.said import said

Answer = str | BaseResponse | tuple[str, int]
ITEM_LIMIT = 100_000
"""Bytes of one item without its file."""
A_DAY = "public, max-age=86400"


def _keepable(html: str) -> Response:
    """A page this person's phone may keep, marked with whose it is."""
    response: Response = make_response(html)
    response.headers[page.MARK] = str(g.actor.user_id)
    return response


@bp.get("/field/")
@guard.staff("field")
def start() -> Response:
    """The app's first page: held tasks in a good order, and what this phone has still to send."""
    found = rounds.day(g.actor)
    stops = [stop for stop in (*found.stops, *found.placeless) if stop.task.state == "accepted"]
    offered = sum(stop.task.state == "offered" for stop in (*found.stops, *found.placeless))
    return _keepable(render_template("field/start.html", stops=stops, offered=offered, round=found, nav=page.nav(),
                                     config=page.config(), libraries=page.libraries()))


@bp.get("/field/tasks/<uuid:task_id>")
@guard.staff("field")
def task(task_id: uuid.UUID) -> Response:
    """One held task with everything for the visit: brief, place, demands, check-in, notes, files, hand-in."""
    kit = fieldkit.kit(g.actor, fieldkit.find(g.actor, task_id))
    return _keepable(render_template("field/task.html", **page.task(kit), libraries=page.libraries()))


@bp.get("/field/offline")
@guard.public
def offline() -> str:
    """What the phone shows for a page it does not have. Says nothing about anybody."""
    return render_template("field/offline.html")


@bp.get("/field/sw.js")
@guard.public
def helper() -> Response:
    """The service worker; its scope is this folder and nothing above."""
    response = Response(page.helper(), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/field/app.webmanifest")
@guard.public
def manifest() -> Response:
    """What makes it an app on the home screen."""
    response = jsonify(page.manifest())
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = A_DAY
    return response


@bp.get("/field/icon-<int:size>-<any('plain', 'round'):shape>.png")
@guard.public
def icon(size: int, shape: str) -> Response:
    """The app's icon, drawn from the emblem."""
    if size not in SIZES:
        raise NotFound()
    response = Response(page.icon(size, shape), mimetype="image/png")
    response.headers["Cache-Control"] = A_DAY
    return response


@bp.get("/field/state")
@guard.public
def state() -> Response:
    """Who is signed in here, a fresh form token, which pages may be kept, what became of files. Nothing to a stranger."""
    if not page.may():
        return jsonify(user=None)
    files = {key: {"state": kept, "words": said(why)} for key, (kept, why) in fieldkit.files_of_items(g.actor).items()}
    return jsonify(user=str(g.actor.user_id), csrf=generate_csrf(), pages=page.pages(), files=files)


@bp.post("/field/sync/<uuid:item_id>")
@guard.staff("field")
def sync(item_id: uuid.UUID) -> Response:
    """Takes in one item of a phone's outbox, once (see `civic.newsroom.fieldsync`)."""
    receipt = fieldsync.receive(g.actor, item_id, _json())
    return jsonify(state=receipt.outcome, words=said(receipt.words), again=receipt.again)


def _json() -> dict[str, Any]:
    if (request.content_length or 0) > ITEM_LIMIT:
        raise RequestEntityTooLarge()
    try:
        given = request.get_json(silent=True)
    except RecursionError:
        given = None
    if not isinstance(given, dict):
        raise BadRequest()
    return given


# -- files of a task, online ----------------------------------------------------------------------------------------------


@bp.get("/field/tasks/<uuid:task_id>/files")
@guard.staff("cases.read")
def files(task_id: uuid.UUID) -> Answer:
    """Every file of a task with its provenance, a player, and the consent of the persons shown."""
    return _files(task_id, {}, None)


def _files(task_id: uuid.UUID, errors: dict[str, str], wrong: uuid.UUID | None) -> Answer:
    row = taskpage.find(g.actor, task_id)
    shown = taskpage.page(g.actor, row)
    if not shown.open_book:
        raise Missing()
    found = [{"row": one, "may": consents.may_say(g.actor, one.media), "why": consents.why_not(one.media),
              "errors": errors if one.media.id == wrong else {}} for one in fieldkit.files(row)]
    return render_template("field/files.html", task=shown, files=found, nav=page.nav(), typed=request.form if wrong else {},
                           consents=[(value, said(label)) for value, label in consents.CONSENTS], most=consents.WORDS_LIMIT)


@bp.post("/field/tasks/<uuid:task_id>/files/<uuid:media_id>")
@guard.staff("cases.read")
def consent(task_id: uuid.UUID, media_id: uuid.UUID) -> Answer:
    """Says whether the persons shown in a file agreed."""
    row = taskpage.find(g.actor, task_id)
    media = fieldkit.media_of(row, media_id)
    try:
        consents.say(g.actor, media, request.form.get("consent", ""), request.form.get("words", ""))
    except Invalid as error:
        return str(_files(task_id, error.errors, media_id)), 422
    flash(_("记下了。"), "ok")
    return redirect(url_for("field.files", task_id=task_id, _anchor=f"file-{media_id}"), 303)
