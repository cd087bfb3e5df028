"""The first page of the people's room, and the page of one person."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.access import crewlog, shifts
from civic.blueprints.crew import bp
from civic.newsroom import crew, crewgrow, crewleave, crewshifts, crewskills
from civic.reference import lookup
from civic.web import guard
from civic.web.attempt import NONE, Trouble, attempt

Answer = str | Response | tuple[str, int]


@bp.get("")
@guard.staff("crew")
def home() -> str:
    """Who is on shift now, what is mine, and what waits for my word."""
    me = g.actor.user_id
    return render_template(
        "crew/home.html", on=shifts.now(), kinds=crewshifts.KINDS, mine=crewshifts.of_person(me, 5), skills=crewskills.held([me]),
        goals=crewgrow.goals(g.actor, [me]), pairs=[one for one in crewgrow.pairs(g.actor, me) if not one.ended],
        waiting=crewleave.to_decide(g.actor), leaves=[one for one in crewleave.mine(g.actor, 5) if one.may_withdraw],
        town=crew.homes([me]).get(me, ""), towns=[(row.code, row.name) for row in lookup.towns()])


@bp.post("/home")
@guard.staff("crew")
def set_home() -> Answer:
    """The town one works from; only a town, and only told by oneself."""
    trouble = attempt(lambda: crew.set_home(g.actor, request.form.get("town", "")[:12]))
    for words in trouble.errors.values():
        flash(_(words), "late")
    if not trouble:
        flash(_("已记下。"), "ok")
    return redirect(url_for("crew.home"), 303)


@bp.get("/people/<uuid:user_id>")
@guard.staff("crew")
def person(user_id: uuid.UUID) -> Answer:
    """Somebody's skills with what shows them, goals, pairs and coming shifts."""
    return _person(user_id, {}, NONE)


def _person(user_id: uuid.UUID, typed: Mapping[str, str], trouble: Trouble) -> Answer:
    user = crew.find(user_id)
    plans = crew.plans_for(g.actor, user)
    shown = plans or user.id == g.actor.user_id
    html = render_template(
        "crew/person.html", who=user, plans=plans, itself=user.id == g.actor.user_id, shown=shown,
        skills=crewskills.held([user.id]), past=crewskills.past(user.id) if shown else [],
        goals=crewgrow.goals(g.actor, [user.id]) if shown else [], pairs=crewgrow.pairs(g.actor, user.id) if shown else [],
        turns=crewshifts.of_person(user.id), kinds=dict(crewshifts.KINDS), typed=typed, trouble=trouble,
        levels=crewskills.LEVELS, catalogue=[(str(row.id), row.name) for row in crewskills.catalogue()] if plans else [],
        stories=crewskills.stories_of(user) if plans else [], log=crewlog.of_user(user.id, 20) if shown else [])
    return (html, trouble.code) if trouble else html


@bp.post("/people/<uuid:user_id>/skills")
@guard.staff("crew")
def add_skill(user_id: uuid.UUID) -> Answer:
    """Writes down what somebody can do and what shows it."""
    user = crew.find(user_id)
    typed = {name: value[:400] for name, value in request.form.items()}
    trouble = attempt(lambda: crewskills.record(g.actor, user, typed))
    if trouble:
        return _person(user_id, typed, trouble)
    flash(_("已记下。"), "ok")
    return redirect(url_for("crew.person", user_id=user_id), 303)


@bp.post("/people/<uuid:user_id>/skills/<uuid:row_id>/withdraw")
@guard.staff("crew")
def withdraw_skill(user_id: uuid.UUID, row_id: uuid.UUID) -> Answer:
    """Takes a level back, with its reason."""
    trouble = attempt(lambda: crewskills.withdraw(g.actor, row_id, request.form.get("reason", "")[:400]))
    if trouble:
        return _person(user_id, {}, Trouble(trouble.code, reasons=(*trouble.reasons, *trouble.errors.values())))
    flash(_("已撤销，记录还在。"), "ok")
    return redirect(url_for("crew.person", user_id=user_id), 303)
