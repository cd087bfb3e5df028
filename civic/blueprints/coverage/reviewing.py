"""The six factors before handing in, and sending back with notes bound to paragraphs."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic import ledger
from civic.blueprints.coverage import bp
from civic.kit.result import NotAllowed
from civic.models import Coverage
from civic.newsroom import operations, remarks, story
from civic.web import guard, nonce
from civic.web.attempt import NONE, Trouble, attempt
from civic.workflow.machine import MoveView
from civic.workflow.reviewing import FACTOR_MOST, FACTORS

Answer = str | Response | tuple[str, int]


def _number(text: object) -> int | None:
    return int(str(text)) if str(text or "").isdecimal() and len(str(text)) < 19 else None


def _factors(row: Coverage, trouble: Trouble = NONE) -> Answer:
    shown = story.page(g.actor, row)
    before = shown.factors or remarks.factors(row)
    words: Any = request.form if trouble else before.words if before else {}
    views = {view.move.command: view for view in shown.moves}
    html = render_template(
        "coverage/factors.html", story=shown, trouble=trouble, factors=FACTORS, words=words, most=FACTOR_MOST, before=before,
        stale=before is not None and before.of != row.version, may_fill="save" in views, hand_in=views.get("submit"))
    return (html, trouble.code) if trouble else html


@bp.get("/stories/<uuid:story_id>/factors")
@guard.staff("newsroom")
def factors(story_id: uuid.UUID) -> Answer:
    """The six factors of the version it stands at; those of an older version are put in to be read again."""
    return _factors(story.find(g.actor, story_id))


@bp.post("/stories/<uuid:story_id>/factors")
@guard.staff("newsroom")
def fill_factors(story_id: uuid.UUID) -> Answer:
    """Keeps the six factors for this version."""
    row = story.find(g.actor, story_id)
    trouble = attempt(lambda: remarks.fill(g.actor, row, request.form))
    if trouble:
        return _factors(row, trouble)
    flash(_("六项核实已记在第 %(n)s 版上。", n=row.version), "ok")
    return redirect(url_for("coverage.factors", story_id=row.id), 303)


def _return_view(row: Coverage) -> MoveView:
    for view in ledger.moves(g.actor, "coverage", row):
        if view.move.command == "return":
            return view
    raise NotAllowed()


def _notes(row: Coverage, view: MoveView, trouble: Trouble = NONE) -> Answer:
    html = render_template("coverage/return.html", story=story.page(g.actor, row), trouble=trouble, move=view.move,
                           typed=request.form if trouble else {}, seen=row.event_id, nonce=nonce.fresh(), most=remarks.NOTE)
    return (html, trouble.code) if trouble else html


@bp.get("/stories/<uuid:story_id>/return")
@guard.staff("newsroom")
def ask_return(story_id: uuid.UUID) -> Answer:
    """The text paragraph by paragraph, each with room for a note."""
    row = story.find(g.actor, story_id)
    view = _return_view(row)
    return _notes(row, view, NONE if view.allowed else Trouble(409, reasons=view.reasons))


@bp.post("/stories/<uuid:story_id>/return")
@guard.staff("newsroom")
def send_back(story_id: uuid.UUID) -> Answer:
    """Gives it back to the author with the notes."""
    row = story.find(g.actor, story_id)
    mark = request.form.get("nonce", "")
    target = url_for("coverage.show", story_id=row.id)
    if nonce.result(mark) is not None:
        return redirect(target, 303)
    view = _return_view(row)
    data = {"note": request.form.get("note", ""),
            "remarks": {name.removeprefix("p-"): words for name, words in request.form.items() if name.startswith("p-")}}
    trouble = attempt(lambda: operations.send_back(g.actor, row, data, _number(request.form.get("seen"))))
    if trouble:
        return _notes(row, view, trouble)
    nonce.remember(mark, target)
    flash(_("已退给作者，批注跟着段落走。"), "ok")
    return redirect(target, 303)
