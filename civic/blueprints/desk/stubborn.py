"""What keeps coming back, for the desk: the list, and whether a record becomes a monthly theme (R42, R41)."""

from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.blueprints.desk import bp
from civic.cases import public_stubborn, recurrence, stubborn_themes
from civic.kit import clock
from civic.models import Theme
from civic.reference import lookup
from civic.web import guard
from civic.web.attempt import attempt
from civic.web.templating import here

Answer = str | Response | tuple[str, int]


def _page(trouble: dict[str, str] | None = None, at: uuid.UUID | None = None, code: int = 200) -> Answer:
    found = public_stubborn.listing(request.args.get("after", "")[:80], inside=True)
    keys = [row.id for row in found.rows]
    html = render_template("desk/stubborn.html", found=found, errors=trouble or {}, at=at, typed=request.form.get("note", ""),
                           typed_lead=request.form.get("lead", ""), themes=stubborn_themes.theme_of(keys), leads=stubborn_themes.leads(keys),
                           units=[(row.code, row.name) for row in lookup.departments()],
                           may=bool(g.actor.grants & {"duty", "chief"}),
                           next_url=here(after=found.next_key) if found.next_key else "")
    return (html, code) if code != 200 else html


@bp.get("/desk/stubborn")
@guard.staff("cases.read")
def stubborn() -> Answer:
    return _page()


@bp.post("/desk/stubborn/<uuid:key>")
@guard.staff("themes")
def decide_stubborn(key: uuid.UUID) -> Answer:
    """Takes a record on as a theme, or leaves it; the reason is public."""
    made: list[Theme | None] = []
    trouble = attempt(lambda: made.append(stubborn_themes.decide_theme(
        g.actor, recurrence.find(key), request.form.get("choice", ""), request.form.get("note", ""), clock.now(),
        request.form.get("lead", ""))))
    if trouble:
        return _page(trouble.errors or {"note": "".join(trouble.reasons)}, key, trouble.code)
    if made and made[0] is not None:
        flash(_("主攻题建好了，案件已经列入。核对题目和目标，再由总编辑公开。"), "ok")
        return redirect(url_for("desk.theme", key=made[0].id), 303)
    flash(_("已记下。"), "ok")
    return redirect(url_for("desk.stubborn"), 303)
