"""The checklists of the three reviews: what comes with the product, and the lines this county adds."""

from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.blueprints.admin import bp
from civic.kit.result import NotFound
from civic.newsroom import checks
from civic.newsroom.turn import LEVELS
from civic.web import guard
from civic.web.attempt import NONE, Trouble, attempt
from civic.workflow.reviewing import PROOFS, TOPICS

Answer = str | Response | tuple[str, int]


def _page(trouble: Trouble = NONE) -> Answer:
    added = checks.added()
    levels = [{"level": level, "label": _(label), "proof": _(PROOFS[level]), "ours": checks.ours(level),
               "added": [row for row in added if row.level == level]} for level, label in LEVELS.items()]
    html = render_template(
        "admin/checklists.html", levels=levels, topics={code: _(label) for code, label in TOPICS.items()}, trouble=trouble,
        typed=request.form if trouble else {}, most=checks.LABEL)
    return (html, trouble.code) if trouble else html


@bp.get("/admin/checklists")
@guard.staff("admin")
def checklists() -> Answer:
    """The three lists as reviewers see them."""
    return _page()


@bp.post("/admin/checklists")
@guard.staff("admin")
def add_check() -> Answer:
    """Adds a line to the list of one review."""
    trouble = attempt(lambda: checks.add(g.actor, request.form))
    if trouble:
        return _page(trouble)
    flash(_("已加上。下一个签字的人就会看到。"), "ok")
    return redirect("/admin/checklists", 303)


@bp.post("/admin/checklists/<uuid:item_id>/<what>")
@guard.staff("admin")
def switch_check(item_id: uuid.UUID, what: str) -> Answer:
    """Takes an added line off, or puts it back."""
    if what not in ("on", "off"):
        raise NotFound()
    checks.switch(g.actor, item_id, on=what == "on")
    flash(_("已改。"), "ok")
    return redirect("/admin/checklists", 303)
