"""What went with coverage, for the newsroom: all cases it may know of, beside the public summary under the figures."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask_babel import gettext as _

from civic.blueprints.reach import bp, page, sheets
from civic.blueprints.reach.views import Answer
from civic.insight import effect, effect_refresh
from civic.kit.result import NotFound
from civic.reference import lookup
from civic.web import guard


def measure() -> str:
    wanted = request.args.get("measure", "answer")
    return wanted if wanted in effect.MEASURES else "answer"


@bp.get("/reach/effect", endpoint="effect")
@guard.staff("reach")
def show() -> Answer:
    """By kind: before and after it was in the news, beside like cases that were not."""
    chosen = measure()
    rows = effect_refresh.sums("all", chosen)
    if request.args.get("format") == "json":
        return sheets.effect_chart(rows[0] if rows else None)
    if kind := page.wants("csv", "xlsx"):
        return sheets.effects(rows, chosen, kind)
    return render_template(
        "reach/effect.html", rows=rows, measure=chosen, measures=[
            {"label": _(name), "url": url_for("reach.effect", measure=code), "current": code == chosen} for code, name in effect.MEASURES.items()],
        part_words=effect.PARTS, grid=effect.GRID, honest=effect.HONEST, definition=effect.DEFINITION, enough=effect.enough,
        category=lookup.category_name, as_of=rows[0].as_of if rows else None, opens="reach.effect_list", **page.common("reach.effect"))


@bp.get("/reach/effect/list")
@guard.staff("reach")
def effect_list() -> Answer:
    """The cases behind a number."""
    part, category = request.args.get("part", ""), request.args.get("category", "")[:20]
    if part not in effect.PARTS:
        raise NotFound()
    chosen = measure()
    found = effect_refresh.behind("all", category, chosen, part, request.args.get("after", "")[:40])
    return render_template("reach/effect_list.html", found=found, part=part, what=category, measure=chosen, part_words=effect.PARTS,
                           words=effect.MEASURES, category=lookup.category_name, **page.common("reach.effect"))
