"""What each channel takes, for the administrator: operators change their numbers, so must we."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.blueprints.outlets import bp
from civic.kit.result import Invalid
from civic.reference import outlets
from civic.reference.countyfile import CHANNEL_KINDS
from civic.web import guard

FIELDS = ("title", "summary", "body", "pictures", "domains", "source", "as_of")


@bp.get("/admin/outlets")
@guard.staff("admin")
def channel_list() -> str:
    """All channels with their limits, where the numbers come from and since when."""
    return render_template("outlets/settings.html", rows=outlets.every(), kinds=CHANNEL_KINDS)


@bp.get("/admin/outlets/<code>")
@guard.staff("admin")
def channel(code: str) -> str:
    found = outlets.get(code)
    return render_template("outlets/setting.html", outlet=found, values=outlets.shown(found), errors={}, kinds=CHANNEL_KINDS)


@bp.post("/admin/outlets/<code>")
@guard.staff("admin")
def set_channel(code: str) -> str | Response | tuple[str, int]:
    """Sets the limits, or goes back to what is shipped."""
    found = outlets.get(code)
    if request.form.get("reset"):
        outlets.reset(code)
        flash(_("已恢复出厂值。"), "ok")
        return redirect(url_for("outlets.channel_list"), 303)
    typed = {name: request.form.get(name, "")[:2000] for name in FIELDS}
    try:
        outlets.save(code, typed, g.actor.user_id)
    except Invalid as error:
        return render_template("outlets/setting.html", outlet=found, values=typed, errors=error.errors, kinds=CHANNEL_KINDS), 422
    flash(_("已保存，马上生效。"), "ok")
    return redirect(url_for("outlets.channel_list"), 303)
