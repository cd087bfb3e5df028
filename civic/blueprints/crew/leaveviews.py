"""Asking for leave, deciding on it, coming back early."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.access import teams
from civic.blueprints.crew import bp
from civic.kit.result import NotFound
from civic.models import Leave
from civic.newsroom import crewleave
from civic.web import guard
from civic.web.attempt import NONE, Trouble, attempt

Answer = str | Response | tuple[str, int]


@bp.get("/leave")
@guard.staff("crew")
def leave() -> Answer:
    """Mine, what waits for my word, and who is away soon."""
    return _page({}, NONE)


def _page(typed: Mapping[str, str], trouble: Trouble) -> Answer:
    html = render_template("crew/leave.html", mine=crewleave.mine(g.actor), waiting=crewleave.to_decide(g.actor),
                           coming=crewleave.coming(g.actor), this_day=teams.today(), typed=typed, trouble=trouble)
    return (html, trouble.code) if trouble else html


@bp.post("/leave")
@guard.staff("crew")
def ask_leave() -> Answer:
    typed = {name: request.form.get(name, "")[:400] for name in ("first_on", "last_on", "note")}
    trouble = attempt(lambda: crewleave.ask(g.actor, typed))
    if trouble:
        return _page(typed, trouble)
    flash(_("已经交给队长或值班编辑来批。"), "ok")
    return redirect(url_for("crew.leave"), 303)


def _row(leave_id: uuid.UUID) -> Leave:
    row = crewleave.find(leave_id)
    if not crewleave.may_see(g.actor, row):
        raise NotFound()
    return row


@bp.post("/leave/<uuid:leave_id>/decide")
@guard.staff("crew")
def decide_leave(leave_id: uuid.UUID) -> Answer:
    """Approves or refuses; a refusal says why."""
    row = _row(leave_id)
    approve, answer = request.form.get("decision") == "approve", request.form.get("answer", "")[:400]
    trouble = attempt(lambda: crewleave.decide(g.actor, row, approve, answer))
    if trouble:
        return _page({"answer": answer, "answered": str(leave_id)}, trouble)
    flash(_("已批，排班里这几天的班已经去掉。") if approve else _("已回复不批。"), "ok")
    return redirect(url_for("crew.leave"), 303)


@bp.post("/leave/<uuid:leave_id>/withdraw")
@guard.staff("crew")
def withdraw_leave(leave_id: uuid.UUID) -> Answer:
    row = _row(leave_id)
    trouble = attempt(lambda: crewleave.withdraw(g.actor, row))
    if trouble:
        return _page({}, trouble)
    flash(_("已撤回。"), "ok")
    return redirect(url_for("crew.leave"), 303)
