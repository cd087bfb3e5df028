"""Accounts, squads and the county's own words and numbers."""

from __future__ import annotations

import uuid

from flask import current_app, flash, g, redirect, render_template, request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from civic.access import accounts, teams
from civic.blueprints.admin import bp
from civic.blueprints.admin.forms import MEMBER_ROLES, ROLE_CHOICES, GrantForm, MemberForm, TeamForm, UserForm
from civic.cases import people
from civic.kit.result import DomainError, Invalid, NotPossible
from civic.models import Team, User
from civic.reference import calendars, county, lookup, routing
from civic.web import guard

Answer = str | Response | tuple[str, int]


def _units() -> list[tuple[str, str]]:
    return [("", "—"), *((row.code, f"{row.short}（{row.code}）") for row in lookup.departments())]


def _put(form: FlaskForm, error: Invalid) -> None:
    for name, message in error.errors.items():
        if name in form:
            form[name].errors = [message]
        else:
            flash(message, "late")


@bp.get("/admin")
@guard.staff("admin")
def home() -> Answer:
    """What an administrator can do, and whether anything is amiss."""
    return render_template("admin/home.html", calendar=calendars.health(lookup.today(), calendars.current()),
                           broken_rules=routing.troubles())


@bp.get("/admin/users")
@guard.staff("admin")
def users() -> Answer:
    """All accounts with their roles, and the form for a new one."""
    return _users(UserForm())


def _users(form: UserForm, code: int = 200) -> Answer:
    form.department.choices = _units()
    rows = accounts.listed(request.args.get("after", ""))
    return render_template("admin/users.html", rows=rows, form=form, roles=dict(ROLE_CHOICES), units=dict(form.department.choices),
                           more=rows[-1].login if len(rows) == 100 else ""), code


@bp.post("/admin/users")
@guard.staff("admin")
def add_user() -> Answer:
    """Makes an account and shows its invitation link once."""
    form = UserForm()
    form.department.choices = _units()
    if not form.validate():
        return _users(form, 422)
    try:
        user = accounts.create(str(form.login.data), str(form.name.data),
                               [(str(form.role.data), form.department.data or None)], g.actor.user_id)
    except Invalid as error:
        _put(form, error)
        return _users(form, 422)
    user.email = form.email.data or None
    return _invited(user, accounts.invite(user, g.actor.user_id))


def _invited(user: User, token: str) -> Answer:
    link = f"{current_app.config['CIVIC'].base_url.rstrip('/')}/invite/{token}"
    return render_template("admin/invited.html", user=user, link=link)


@bp.get("/admin/users/<uuid:user_id>")
@guard.staff("admin")
def user(user_id: uuid.UUID) -> Answer:
    """One account: its roles, and switching it off."""
    form = GrantForm()
    form.department.choices = _units()
    return render_template("admin/user.html", row=accounts.get(user_id), form=form, roles=dict(ROLE_CHOICES))


@bp.post("/admin/users/<uuid:user_id>/grants")
@guard.staff("admin")
def add_grant(user_id: uuid.UUID) -> Answer:
    form, row = GrantForm(), accounts.get(user_id)
    form.department.choices = _units()
    if form.validate():
        try:
            accounts.grant(row, str(form.role.data), form.department.data or None, g.actor.user_id)
        except Invalid as error:
            _put(form, error)
        else:
            flash(_("角色已加上，下一次操作就生效。"), "ok")
            return redirect(f"/admin/users/{row.id}", 303)
    return render_template("admin/user.html", row=row, form=form, roles=dict(ROLE_CHOICES)), 422


@bp.post("/admin/users/<uuid:user_id>/grants/<uuid:grant_id>/remove")
@guard.staff("admin")
def remove_grant(user_id: uuid.UUID, grant_id: uuid.UUID) -> Answer:
    try:
        accounts.revoke(accounts.get(user_id), grant_id)
    except NotPossible as error:
        flash(error.message, "late")
        return redirect(f"/admin/users/{user_id}", 303)
    flash(_("角色已去掉，打开着的页面也不能再操作。"), "ok")
    return redirect(f"/admin/users/{user_id}", 303)


@bp.post("/admin/users/<uuid:user_id>/active")
@guard.staff("admin")
def switch(user_id: uuid.UUID) -> Answer:
    """Switches an account on or off."""
    row = accounts.get(user_id)
    try:
        accounts.set_active(row, request.form.get("active") == "y")
    except NotPossible as error:
        flash(error.message, "late")
    else:
        flash(_("账号已启用。") if row.active else _("账号已停用，登录都已退出。"), "ok")
    return redirect(f"/admin/users/{row.id}", 303)


@bp.post("/admin/users/<uuid:user_id>/invite")
@guard.staff("admin")
def invite(user_id: uuid.UUID) -> Answer:
    """A new link to set the password; earlier links stop working."""
    row = accounts.get(user_id)
    return _invited(row, accounts.invite(row, g.actor.user_id, "reset"))


@bp.get("/admin/teams")
@guard.staff("admin")
def team_list() -> Answer:
    """Squads and task forces."""
    return render_template("admin/teams.html", rows=teams.listed(), form=_team_form(None))


def _team_form(team: Team | None) -> TeamForm:
    form = TeamForm(obj=team)
    form.towns.choices = [(town.code, town.name) for town in lookup.towns()]
    return form


@bp.post("/admin/teams")
@guard.staff("admin")
def add_team() -> Answer:
    form = _team_form(None)
    if form.validate():
        try:
            team = teams.save(None, form.data)
        except Invalid as error:
            _put(form, error)
        else:
            return redirect(f"/admin/teams/{team.id}", 303)
    return render_template("admin/teams.html", rows=teams.listed(), form=form), 422


@bp.get("/admin/teams/<uuid:team_id>")
@guard.staff("admin")
def team(team_id: uuid.UUID) -> Answer:
    """One team: settings and members."""
    return _team(teams.get(team_id))


def _team(row: Team, form: TeamForm | None = None, code: int = 200) -> Answer:
    member = MemberForm()
    member.user.choices = people.reporters()
    return render_template("admin/team.html", row=row, form=form or _team_form(row), member=member,
                           roles=dict(MEMBER_ROLES)), code


@bp.post("/admin/teams/<uuid:team_id>")
@guard.staff("admin")
def save_team(team_id: uuid.UUID) -> Answer:
    row = teams.get(team_id)
    form = _team_form(None)
    if form.validate():
        try:
            teams.save(row, form.data)
        except Invalid as error:
            _put(form, error)
        else:
            flash(_("已保存。"), "ok")
            return redirect(f"/admin/teams/{row.id}", 303)
    return _team(row, form, 422)


@bp.post("/admin/teams/<uuid:team_id>/members")
@guard.staff("admin")
def add_member(team_id: uuid.UUID) -> Answer:
    row = teams.get(team_id)
    try:
        teams.add(row, request.form.get("user", ""), _member_role(), by=g.actor.user_id)
    except DomainError as error:
        flash(error.message, "late")
    return redirect(f"/admin/teams/{row.id}", 303)


def _member_role() -> str:
    role = request.form.get("role", "")
    return role if role in dict(MEMBER_ROLES) else "reporter"


@bp.post("/admin/teams/<uuid:team_id>/members/<uuid:member_id>/remove")
@guard.staff("admin")
def remove_member(team_id: uuid.UUID, member_id: uuid.UUID) -> Answer:
    row = teams.get(team_id)
    teams.remove(row, member_id, by=g.actor.user_id)
    return redirect(f"/admin/teams/{row.id}", 303)


@bp.get("/admin/county")
@guard.staff("admin")
def settings() -> Answer:
    """The county's name, brand, hours, channels and footer numbers."""
    return render_template("admin/county.html", fields=county.FIELDS, values=county.shown(county.current()), errors={})


@bp.post("/admin/county")
@guard.staff("admin")
def save_settings() -> Answer:
    """Saves what changed; a wrong value is shown beside its field and nothing is saved."""
    given = {key: request.form.get(key, "").strip() for key in county.FIELDS if key in request.form}
    try:
        changed = county.save(given, g.actor.user_id)
    except Invalid as error:
        return render_template("admin/county.html", fields=county.FIELDS, errors=error.errors,
                               values={**county.shown(county.current()), **given}), 422
    flash(_("已保存 %(n)s 处改动。", n=len(changed)) if changed else _("没有改动。"), "ok")
    return redirect("/admin/county", 303)


@bp.get("/admin/reference")
@guard.staff("admin")
def reference() -> Answer:
    """The reference data in force today: units, categories, terms, towns, redirects."""
    return render_template("admin/reference.html", departments=lookup.departments(), categories=lookup.category_tree(),
                           slas=lookup.slas(), towns=lookup.towns(), redirects=lookup.redirects(),
                           unit=lookup.department_name)
