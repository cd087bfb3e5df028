"""The skill list with its gaps, and the lines of the list."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.access import teams
from civic.blueprints.crew import bp
from civic.kit.result import Invalid, NotFound
from civic.models import Skill
from civic.newsroom import crew, crewskills
from civic.web import guard
from civic.web.attempt import NONE, Trouble, attempt
from civic.workflow.assignment import KINDS
from civic.workflow.coverage import FORMATS

Answer = str | Response | tuple[str, int]


@bp.get("/skills")
@guard.staff("crew")
def skills() -> str:
    """Who can do what, and where a squad has nobody, one person, or evidence that runs out."""
    lines, everything = crewskills.catalogue(), crewskills.held()
    squads = [team for team in teams.listed() if team.members]
    by_skill = {row.id: [one for one in everything if one.skill_id == row.id] for row in lines}
    return render_template("crew/skills.html", lines=lines, by_skill=by_skill, gaps=crewskills.gaps(squads, lines, everything),
                           plans=crew.plans(g.actor), people=[one for one in crew.everybody() if one.field])


@bp.get("/skills/list")
@guard.staff("crew")
def skill_list() -> Answer:
    """The lines of the list, to add to, change or end."""
    crew.must_plan(g.actor)
    return _list({}, NONE)


def _row(value: str) -> Skill | None:
    if not value:
        return None
    try:
        return crewskills.find_skill(value)
    except Invalid:
        raise NotFound() from None


def _list(typed: Mapping[str, Any], trouble: Trouble) -> Answer:
    row = _row(request.values.get("skill", "")[:40])
    start = {"name": row.name, "note": row.note, "months": row.months or "", "kinds": row.kinds, "formats": row.formats,
             "categories": row.categories} if row and not typed else dict(typed)
    html = render_template(
        "crew/skill_list.html", lines=crewskills.catalogue(), row=row, typed=start, trouble=trouble,
        kinds=[(value, _(label)) for value, label in KINDS], formats=[(value, _(label)) for value, label in FORMATS],
        beats=sorted(crewskills.beats().items()))
    return (html, trouble.code) if trouble else html


@bp.post("/skills/list")
@guard.staff("crew")
def save_skill() -> Answer:
    typed: dict[str, Any] = {name: request.form.get(name, "")[:400] for name in ("name", "note", "months")}
    typed |= {name: request.form.getlist(name)[:40] for name in ("kinds", "formats", "categories")}
    row = _row(request.form.get("skill", "")[:40])
    trouble = attempt(lambda: crewskills.save_skill(g.actor, typed, row))
    if trouble:
        return _list(typed, trouble)
    flash(_("已保存。"), "ok")
    return redirect(url_for("crew.skill_list"), 303)


@bp.post("/skills/list/<uuid:skill_id>/end")
@guard.staff("crew")
def end_skill(skill_id: uuid.UUID) -> Answer:
    row = _row(str(skill_id))
    assert row is not None
    crewskills.end_skill(g.actor, row)
    flash(_("已从清单去掉，记过的还在。"), "ok")
    return redirect(url_for("crew.skill_list"), 303)
