"""Three honest numbers of one person, for that person and the lead of their squad. No page, table or file for several."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from flask import g, render_template, request, url_for
from flask_babel import gettext as _

from civic.blueprints.reach import bp
from civic.insight import appraisal
from civic.insight import appraisal_formulas as formulas
from civic.insight.appraisal import Part, Record, Sheet
from civic.kit import clock
from civic.web import guard


def _end() -> datetime | None:
    """The ninety days before these, when asked for; nothing else can be asked for."""
    return clock.now() - formulas.WINDOW if request.args.get("before") == "1" else None


def said(part: Part) -> str:
    """The value in words; a dash where there is none."""
    if part.value is None:
        return "—"
    unit = part.definition.unit
    if unit == "share":
        return f"{part.value * 100:.0f}%"
    if unit == "hours":
        return _("%(n)s 小时", n=f"{part.value:.1f}")
    if unit == "times":
        return _("%(n)s 倍", n=f"{part.value:.2f}")
    return f"{part.value:.0f}"


def _common(sheet: Sheet) -> dict[str, Any]:
    mine, before = sheet.user.id == g.actor.user_id, request.args.get("before") == "1"
    base = url_for("reach.appraisal_of", user_id=sheet.user.id)
    return {"sheet": sheet, "mine": mine, "said": said, "axes": formulas.AXES, "rules": formulas.RULES, "least": formulas.LEAST,
            "before": before, "periods": [{"label": _("近 90 天"), "url": base, "current": not before},
                                          {"label": _("再往前 90 天"), "url": f"{base}?before=1", "current": before}],
            "axis_parts": {axis: [part for part in sheet.parts.values() if part.definition.axis == axis] for axis in formulas.AXES}}


@bp.get("/appraisal")
@guard.staff("appraisal")
def appraisal_mine() -> str:
    """One's own numbers, and for a lead whose else they may open."""
    assert g.actor.user_id is not None
    sheet = appraisal.sheet(g.actor, g.actor.user_id, _end())
    return render_template("appraisal/sheet.html", led=appraisal.led(g.actor), **_common(sheet))


@bp.get("/appraisal/<uuid:user_id>")
@guard.staff("appraisal")
def appraisal_of(user_id: uuid.UUID) -> str:
    """One person's numbers; for anybody but them and their lead there is no such page."""
    return render_template("appraisal/sheet.html", led=[], **_common(appraisal.sheet(g.actor, user_id, _end())))


@bp.get("/appraisal/<uuid:user_id>/<code>")
@guard.staff("appraisal")
def appraisal_part(user_id: uuid.UUID, code: str) -> str:
    """The records behind one part, with its definition."""
    sheet, part = appraisal.part(g.actor, user_id, code, _end())
    return render_template("appraisal/part.html", part=part, link=_link, **_common(sheet))


def _link(record: Record) -> str:
    """Where the record stands; whoever may not open that page is told there."""
    if record.kind == "case":
        return url_for("desk.case", number=record.key)
    if record.kind == "task":
        return url_for("squads.task", task_id=record.key)
    if record.kind == "reach":
        return url_for("reach.release", item_id=record.key)
    return url_for("coverage.show", story_id=record.key)


@bp.get("/appraisal/about")
@guard.staff("appraisal")
def appraisal_about() -> str:
    """Every definition, from the row that computes, and the rules against gaming."""
    return render_template("appraisal/about.html", axes=formulas.AXES, rules=formulas.RULES, least=formulas.LEAST,
                           definitions=list(formulas.DEFINITIONS.values()))
