"""The public word and the staff page."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.blueprints.health import bp
from civic.insight import health
from civic.web import guard


@bp.get("/health")
@guard.public
def word() -> tuple[str, int, dict[str, str]]:
    """`ok`, or `late` when messages or timers are behind; an unreachable database answers 503 by itself."""
    state = health.look()
    return ("ok" if state.ok else "late"), 200, {"Content-Type": "text/plain; charset=utf-8"}


@bp.get("/admin/health")
@guard.staff("admin")
def page() -> str:
    """Everything an operator wants to know at a glance, and the letters nobody could deliver."""
    return render_template("admin/health.html", health=health.look(), dead=health.dead_letters())


@bp.post("/admin/health/retry/<uuid:outbox_id>")
@guard.staff("admin")
def retry(outbox_id: uuid.UUID) -> Response:
    health.revive(outbox_id)
    flash(_("已重新排队。"), "ok")
    return redirect("/admin/health", 303)
