"""What went with coverage, for everybody: public cases only, with counts, and the honest sentence where there are too few."""

from __future__ import annotations

from typing import Any

from flask import g, render_template, request, url_for
from flask_babel import gettext as _

from civic.blueprints.insight import bp, page, pictures
from civic.insight import effect, effect_refresh, queries
from civic.kit.result import NotFound
from civic.models import EffectSum
from civic.reference import lookup
from civic.web import guard


def _measure() -> str:
    wanted = request.args.get("measure", "answer")
    return wanted if wanted in effect.MEASURES else "answer"


@bp.get("/figures/effect", endpoint="effect")
@guard.public
def show() -> Any:
    """By kind: before and after it was in the news, beside like cases that were not."""
    chosen = _measure()
    rows = effect_refresh.sums("public", chosen)
    if request.args.get("format") == "json":
        return _chart(rows[0] if rows else None)
    return render_template(
        "insight/effect.html", rows=rows, measure=chosen, measures=[
            {"label": _(name), "url": url_for("insight.effect", measure=code), "current": code == chosen}
            for code, name in effect.MEASURES.items()],
        part_words=effect.PARTS, grid=effect.GRID, honest=effect.HONEST, definition=effect.DEFINITION, enough=effect.enough,
        category=lookup.category_name, as_of=rows[0].as_of if rows else None, opens="insight.effect_list",
        tabs=page.tabs("effect", page.Look(queries.scope_of(g.actor), queries.period(""))))


def _chart(row: EffectSum | None) -> Any:
    return pictures.shares(_("还在等的比例"), [_("第 %(n)s 天", n=day) for day in effect.GRID], [
        (name, row.data["curve"][code] if row is not None else []) for code, name in (("after", _("报道后")), ("without", _("对照（没有报道）")))])


@bp.get("/figures/effect/list")
@guard.public
def effect_list() -> Any:
    """The public cases behind a number."""
    part, category, chosen = request.args.get("part", ""), request.args.get("category", "")[:20], _measure()
    if part not in effect.PARTS:
        raise NotFound()
    found = effect_refresh.behind("public", category, chosen, part, request.args.get("after", "")[:40])
    return render_template("insight/effect_list.html", found=found, part=part, what=category, measure=chosen, part_words=effect.PARTS,
                           words=effect.MEASURES, category=lookup.category_name)
