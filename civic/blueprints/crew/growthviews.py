"""Rotation goals 轮岗 and pairs 师带徒."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.access import teams
from civic.blueprints.crew import bp
from civic.newsroom import crew, crewgrow, crewskills
from civic.reference import lookup
from civic.web import guard
from civic.web.attempt import NONE, Trouble, attempt

Answer = str | Response | tuple[str, int]


@bp.get("/growth")
@guard.staff("crew")
def growth() -> Answer:
    """Who should see what, how far they are, and who learns from whom."""
    return _page({}, NONE, "")


def _page(typed: Mapping[str, str], trouble: Trouble, which: str) -> Answer:
    everybody = crew.everybody()
    may = [one for one in everybody if one.field and crew.plans_for(g.actor, one)]
    mine = {one.id for one in may} | {g.actor.user_id}
    goals = [one for one in crewgrow.goals(g.actor) if one.user_id in mine]
    pairs = [one for one in crewgrow.pairs(g.actor) if {one.mentor_id, one.mentee_id} & mine]
    html = render_template(
        "crew/growth.html", goals=goals, pairs=pairs, may=[(str(one.id), one.name) for one in may],
        mentors=[(str(one.id), one.name) for one in everybody], this_day=teams.today(), typed=typed, trouble=trouble, which=which,
        targets=[(_("镇街"), [(f"town:{row.code}", row.name) for row in lookup.towns()]),
                 (_("哪类问题"), [(f"beat:{code}", name) for code, name in sorted(crewskills.beats().items())])])
    return (html, trouble.code) if trouble else html


def _typed() -> dict[str, str]:
    return {name: value[:400] for name, value in request.form.items()}


@bp.post("/growth/goals")
@guard.staff("crew")
def set_goal() -> Answer:
    typed = _typed()
    trouble = attempt(lambda: crewgrow.set_goal(g.actor, typed))
    if trouble:
        return _page(typed, trouble, "goal")
    flash(_("定好了。派任务时会照着这个目标多给一点机会。"), "ok")
    return redirect(url_for("crew.growth"), 303)


@bp.post("/growth/goals/<uuid:goal_id>/end")
@guard.staff("crew")
def end_goal(goal_id: uuid.UUID) -> Answer:
    trouble = attempt(lambda: crewgrow.end_goal(g.actor, goal_id))
    if trouble:
        return _page({}, trouble, "goal")
    flash(_("结束了这个目标。"), "ok")
    return redirect(url_for("crew.growth"), 303)


@bp.post("/growth/pairs")
@guard.staff("crew")
def make_pair() -> Answer:
    typed = _typed()
    trouble = attempt(lambda: crewgrow.pair(g.actor, typed))
    if trouble:
        return _page(typed, trouble, "pair")
    flash(_("结好对了。"), "ok")
    return redirect(url_for("crew.growth"), 303)


@bp.post("/growth/pairs/<uuid:pair_id>/end")
@guard.staff("crew")
def end_pair(pair_id: uuid.UUID) -> Answer:
    trouble = attempt(lambda: crewgrow.end_pair(g.actor, pair_id, request.form.get("result", "")[:400]))
    if trouble:
        return _page({"ended": str(pair_id), **_typed()}, trouble, "end")
    flash(_("结束了，记下了学到什么。"), "ok")
    return redirect(url_for("crew.growth"), 303)
