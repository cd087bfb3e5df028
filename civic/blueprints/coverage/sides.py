"""The right of reply: everybody a story names, when and how they were asked and told, and what they answered."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic import ledger
from civic.access.roles import roles_for
from civic.blueprints.coverage import bp
from civic.kit import clock
from civic.kit.result import NotFound
from civic.models import Coverage
from civic.newsroom import operations, parties, story
from civic.web import guard, nonce
from civic.web.attempt import NONE, Trouble, attempt
from civic.web.options import departments
from civic.workflow.publication import NOTICE
from civic.workflow.reviewing import HOW, RESULTS

Answer = str | Response | tuple[str, int]


def _page(row: Coverage, trouble: Trouble = NONE, where: str = "") -> Answer:
    """The table with its forms; `where` is the form that came back, as its address ends."""
    letters = roles_for(g.actor, "coverage", row)
    shown = story.page(g.actor, row)
    now = clock.local(clock.now())
    html = render_template(
        "coverage/sides.html", story=shown, trouble=trouble, where=where, typed=request.form if trouble else {},
        may_name=bool(letters & {"R", "D", "E3"}) and row.state != "dropped",
        may_drop=bool(letters & {"D", "E3"}) or ("R" in letters and row.state in ("planned", "drafting")),
        may_ask=_open_to(row, "seek_reply"), may_tell=_open_to(row, "notify_units"), may_waive="E3" in letters, how=HOW,
        results=RESULTS, now=now, until=now + NOTICE, nonce=nonce.fresh(), units=[name for _code, name in departments(None)],
        untold=[item.name for item in shown.parties if not item.waived and item.told_at is None])
    return (html, trouble.code) if trouble else html


def _open_to(row: Coverage, command: str) -> bool:
    return any(view.move.command == command and view.allowed for view in ledger.moves(g.actor, "coverage", row))


def _when(name: str) -> tuple[datetime | None, str]:
    """A moment from a datetime-local field in county time, and what is wrong with it."""
    text = request.form.get(name, "").strip()
    if not text:
        return None, ""
    try:
        return clock.from_local(datetime.fromisoformat(text).replace(tzinfo=None)), ""
    except ValueError:
        return None, "时间要写成 2026-11-23T14:05 这样。"


def _done(row: Coverage, where: str, run: Callable[[], Any], unreadable: dict[str, str] | None = None) -> Answer:
    """Runs one of the forms once and goes back to the table."""
    target = url_for("coverage.sides", story_id=row.id)
    mark = request.form.get("nonce", "")
    if nonce.result(mark) is not None:
        return redirect(target, 303)
    trouble = attempt(run, {name: words for name, words in (unreadable or {}).items() if words})
    if trouble:
        return _page(row, trouble, where)
    nonce.remember(mark, target)
    flash(_("已记下。"), "ok")
    return redirect(target, 303)


@bp.get("/stories/<uuid:story_id>/sides")
@guard.staff("newsroom")
def sides(story_id: uuid.UUID) -> Answer:
    """Who is named, asked, told, waived."""
    return _page(story.find(g.actor, story_id))


@bp.post("/stories/<uuid:story_id>/sides")
@guard.staff("newsroom")
def name_side(story_id: uuid.UUID) -> Answer:
    """Adds a unit or a person."""
    row = story.find(g.actor, story_id)
    return _done(row, "name", lambda: parties.name_party(g.actor, row, request.form))


def _reply(row: Coverage, party: parties.StoryParty) -> Answer:
    data = {**_common(party), "result": request.form.get("result", ""), "text": request.form.get("text", "")}
    return _done(row, f"{party.id}-reply", lambda: operations.seek_reply(g.actor, row, data))


def _notice(row: Coverage, party: parties.StoryParty) -> Answer:
    told, wrong_told = _when("told_at")
    until, wrong_until = _when("answer_by")
    if told is not None and told > clock.now() and told - clock.now() < timedelta(minutes=1):
        told = clock.now()  # the form's own «now», typed a moment ago on a device whose clock is ahead
    data = {**_common(party), "told_at": told, "answer_by": until, "text": request.form.get("text", "")}
    return _done(row, f"{party.id}-notice", lambda: operations.notify_units(g.actor, row, data),
                 {"told_at": wrong_told, "answer_by": wrong_until})


def _common(party: parties.StoryParty) -> dict[str, Any]:
    return {"units": party.name, "how": request.form.get("how", ""), "whom": request.form.get("whom", "")}


def _drop(row: Coverage, party: parties.StoryParty) -> Answer:
    return _done(row, f"{party.id}-drop", lambda: parties.drop_party(g.actor, row, party, request.form))


def _waive(row: Coverage, party: parties.StoryParty) -> Answer:
    return _done(row, f"{party.id}-waive", lambda: parties.waive_party(g.actor, row, party, request.form))


_DO = {"reply": _reply, "notice": _notice, "drop": _drop, "waive": _waive}


@bp.post("/stories/<uuid:story_id>/sides/<uuid:party_id>/<what>")
@guard.staff("newsroom")
def side(story_id: uuid.UUID, party_id: uuid.UUID, what: str) -> Answer:
    """An answer, a notice, taking one off the list, or the chief's waiver for one."""
    row = story.find(g.actor, story_id)
    if what not in _DO:
        raise NotFound()
    return _DO[what](row, parties.find(row, party_id))
