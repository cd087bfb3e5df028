"""Squads and task forces inside the house: people and their places, weekly notes, the report at the end."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.access import crewlog, teams
from civic.blueprints.crew import bp
from civic.kit.result import NotFound
from civic.models import TaskForce, Team
from civic.newsroom import crew, crewforces
from civic.reference import lookup
from civic.web import guard
from civic.web.attempt import NONE, Trouble, attempt

Answer = str | Response | tuple[str, int]
SETTINGS = ("name", "slug", "beat", "charter", "scope", "starts_on", "ends_on", "lead")
LISTS = ("towns", "departments")


@bp.get("/teams")
@guard.staff("crew")
def team_list() -> str:
    """Standing squads, running task forces with what is missing, and those that are over."""
    rows = teams.listed()
    running = list(crewforces.running(teams.today()))
    late = crewforces.missing(running)
    over = [team for team in rows if team.kind == "taskforce" and team not in running]
    return render_template("crew/teams.html", squads=[team for team in rows if team.kind == "squad"], running=running, late=late,
                           over=over, crew_of=teams.here, this_day=teams.today(), plans=crew.plans(g.actor))


@bp.get("/teams/new")
@guard.staff("crew")
def new_force() -> Answer:
    """The form for a task force."""
    crew.must_plan(g.actor)
    return _force_form({}, NONE)


def _force_form(typed: Mapping[str, Any], trouble: Trouble) -> Answer:
    html = render_template("crew/force.html", typed=typed, trouble=trouble, **_choices(),
                           people=[(str(one.id), one.name) for one in crew.everybody() if one.field])
    return (html, trouble.code) if trouble else html


def _choices() -> dict[str, Any]:
    return {"towns": [(row.code, row.name) for row in lookup.towns()],
            "units": [(row.code, row.short) for row in lookup.departments(receiving=True)]}


def _settings() -> dict[str, Any]:
    typed: dict[str, Any] = {name: request.form.get(name, "")[:1200] for name in SETTINGS}
    return typed | {name: request.form.getlist(name)[:60] for name in LISTS}


@bp.post("/teams")
@guard.staff("crew")
def make_force() -> Answer:
    typed, made = _settings(), []
    trouble = attempt(lambda: made.append(crewforces.save(g.actor, typed)))
    if trouble:
        return _force_form(typed, trouble)
    flash(_("专班成立了。下面加上其他人。"), "ok")
    return redirect(url_for("crew.team", slug=made[0].slug), 303)


@bp.get("/teams/<slug>")
@guard.staff("crew")
def team(slug: str) -> Answer:
    """One team: who is what from when until when, and for a task force its papers."""
    return _team(crewforces.of_slug(g.actor, slug), {}, NONE, "")


def _team(row: Team, typed: Mapping[str, Any], trouble: Trouble, which: str) -> Answer:
    force, leads = crewforces.force_of(row), crewforces.leads(g.actor, row)
    html = render_template(
        "crew/team.html", team=row, force=force, leads=leads, belongs=leads or row.id in g.actor.member_of,
        over=force is not None and force.disbanded_at is not None, this_day=teams.today(),
        members=sorted((one for one in row.members if one.user.active), key=lambda one: (one.role != "lead", one.user.name)),
        terms=teams.terms(row), roles=teams.ROLES, weeks=crewforces.weeks(row), outcome=crewforces.outcome(row),
        log=crewlog.of_team(row.id, 20), typed=typed, trouble=trouble, which=which, now=_now(row, force),
        town_words=_("、").join(lookup.town_name(code) for code in row.towns),
        unit_words=_("、").join(lookup.department_name(code) for code in force.departments) if force else "",
        **(_choices() if leads else {}),
        people=[(str(one.id), one.name) for one in crew.everybody() if one.field] if leads else [])
    return (html, trouble.code) if trouble else html


def _now(row: Team, force: TaskForce | None) -> dict[str, Any]:
    """The settings as they stand, for the form."""
    return {"name": row.name, "slug": row.slug, "beat": row.beat, "charter": row.charter, "starts_on": row.starts_on,
            "ends_on": row.ends_on, "towns": row.towns, "scope": force.scope if force else "",
            "departments": force.departments if force else []}


@bp.post("/teams/<slug>/settings")
@guard.staff("crew")
def save_force(slug: str) -> Answer:
    row, typed = crewforces.of_slug(g.actor, slug), _settings()
    trouble = attempt(lambda: crewforces.save(g.actor, typed, row))
    if trouble:
        return _team(row, typed, trouble, "settings")
    flash(_("已保存。"), "ok")
    return redirect(url_for("crew.team", slug=row.slug), 303)


@bp.post("/teams/<slug>/members")
@guard.staff("crew")
def set_member(slug: str) -> Answer:
    row = crewforces.of_slug(g.actor, slug)
    typed = {name: request.form.get(name, "")[:60] for name in ("user", "role", "starts_on", "ends_on")}
    trouble = attempt(lambda: crewforces.set_member(g.actor, row, typed))
    if trouble:
        return _team(row, typed, trouble, "member")
    flash(_("已保存。"), "ok")
    return redirect(url_for("crew.team", slug=slug), 303)


@bp.post("/teams/<slug>/members/<uuid:member_id>/remove")
@guard.staff("crew")
def remove_member(slug: str, member_id: uuid.UUID) -> Answer:
    row = crewforces.of_slug(g.actor, slug)
    trouble = attempt(lambda: crewforces.remove_member(g.actor, row, member_id))
    if trouble:
        return _team(row, {}, trouble, "member")
    flash(_("已离队，在队的日子留有记录。"), "ok")
    return redirect(url_for("crew.team", slug=slug), 303)


@bp.get("/teams/<slug>/weeks/<week>")
@guard.staff("crew")
def week(slug: str, week: str) -> Answer:
    """The note of one week, to read or to write."""
    return _week(crewforces.of_slug(g.actor, slug), week, {}, NONE)


def _week(row: Team, week: str, typed: Mapping[str, str], trouble: Trouble) -> Answer:
    found = next((one for one in crewforces.weeks(row, 60) if one.monday.isoformat() == week), None)
    if found is None:
        raise NotFound()
    may = (crewforces.leads(g.actor, row) or row.id in g.actor.member_of) and not teams.disbanded(row)
    html = render_template("crew/week.html", team=row, week=found, may=may, typed=typed, trouble=trouble)
    return (html, trouble.code) if trouble else html


@bp.post("/teams/<slug>/weeks/<week>")
@guard.staff("crew")
def write_week(slug: str, week: str) -> Answer:
    row = crewforces.of_slug(g.actor, slug)
    typed = {name: request.form.get(name, "")[:4000] for name in ("done", "stuck", "plan")}
    trouble = attempt(lambda: crewforces.write_note(g.actor, row, week, typed))
    if trouble:
        return _week(row, week, typed, trouble)
    flash(_("周报写好了。"), "ok")
    return redirect(url_for("crew.team", slug=slug), 303)


@bp.post("/teams/<slug>/disband")
@guard.staff("crew")
def disband(slug: str) -> Answer:
    """Ends a task force with its report; not without."""
    row = crewforces.of_slug(g.actor, slug)
    typed = {name: request.form.get(name, "")[:8000] for name in ("report", "public_report")}
    trouble = attempt(lambda: crewforces.disband(g.actor, row, typed))
    if trouble:
        return _team(row, typed, trouble, "disband")
    flash(_("专班解散了，报告和周报都留着。"), "ok")
    return redirect(url_for("crew.team", slug=slug), 303)
