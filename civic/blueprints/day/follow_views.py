"""Follow-up stories the clock proposes: taken on as a planned story, or left with a reason."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.blueprints.day import bp
from civic.models import Coverage
from civic.newsroom import followups
from civic.web import guard
from civic.web.attempt import NONE, Trouble, attempt

Answer = str | Response | tuple[str, int]


def _draw(key: uuid.UUID, trouble: Trouble = NONE, typed: Mapping[str, Any] | None = None) -> Answer:
    row = followups.find(g.actor, key)
    html = render_template("day/follow_up.html", row=row, case=row.follows.case, words=followups.WORDS, angle=followups.ANGLE[row.kind],
                           may="duty" in g.actor.grants and row.outcome == "open", trouble=trouble, typed=typed or {})
    return (html, trouble.code) if trouble else html


@bp.get("/desk/follow-ups/<uuid:key>")
@guard.staff("day")
def follow_up(key: uuid.UUID) -> Answer:
    """One proposal with what it goes back to."""
    return _draw(key)


@bp.post("/desk/follow-ups/<uuid:key>/accept")
@guard.staff("day")
def accept(key: uuid.UUID) -> Answer:
    followups.find(g.actor, key)
    made: list[Coverage] = []
    trouble = attempt(lambda: made.append(followups.accept(g.actor, key, request.form)))
    if trouble:
        return _draw(key, trouble, request.form)
    flash(_("回访报道已进选题，请指定作者。"), "ok")
    return redirect(f"/stories/{made[0].id}", 303)


@bp.post("/desk/follow-ups/<uuid:key>/dismiss")
@guard.staff("day")
def dismiss(key: uuid.UUID) -> Answer:
    followups.find(g.actor, key)
    trouble = attempt(lambda: followups.dismiss(g.actor, key, request.form.get("reason")))
    if trouble:
        return _draw(key, trouble, request.form)
    flash(_("已记下为什么不做。"), "ok")
    return redirect(url_for("day.follow_up", key=key), 303)
