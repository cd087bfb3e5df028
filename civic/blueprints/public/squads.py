"""The lists behind a squad's numbers: each row leads to a public case."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask_babel import gettext as _

from civic.blueprints.public import bp
from civic.cases import public, public_squads
from civic.web import guard
from civic.web.templating import here


def _list(slug: str, what: str, found: public_squads.Page) -> str:
    shown = public.squad(slug).squad
    tabs = [{"label": _("看到解决的案件"), "url": url_for("public.squad_solved", slug=slug), "current": what == "solved"},
            {"label": _("已发的报道"), "url": url_for("public.news", squad=slug)},
            {"label": _("兑现的承诺"), "url": url_for("public.squad_kept", slug=slug), "current": what == "kept"}]
    return render_template("public/squad_list.html", squad=shown, what=what, found=found, tabs=tabs,
                           next_url=here(after=found.next_key) if found.next_key else "",
                           first_url=here(after=None) if request.args.get("after") else "")


@bp.get("/squads/<slug>/solved")
@guard.public
def squad_solved(slug: str) -> str:
    """Cases the squad took that somebody went and saw solved."""
    return _list(slug, "solved", public_squads.solved(slug, request.args.get("after", "")[:90]))


@bp.get("/squads/<slug>/kept")
@guard.public
def squad_kept(slug: str) -> str:
    """Promises of units that were kept in the squad's cases."""
    return _list(slug, "kept", public_squads.kept(slug, request.args.get("after", "")[:90]))
