"""The roster by the week or the month: filled for many days at once, copied from last week, taken out turn by turn."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.access import shifts, teams
from civic.blueprints.crew import bp
from civic.kit import clock
from civic.newsroom import crew, crewshifts
from civic.web import guard
from civic.web.attempt import NONE, Trouble, attempt

Answer = str | Response | tuple[str, int]


def _asked(name: str) -> date:
    """The day asked for, today when it cannot be read or is absurd."""
    today = teams.today()
    try:
        day = date.fromisoformat(request.values.get(name, "")[:10])
    except ValueError:
        return today
    return day if abs((day - today).days) < 800 else today


@bp.get("/shifts")
@guard.staff("crew")
def roster() -> Answer:
    """Who is on when."""
    return _page({}, NONE)


def _span() -> tuple[str, list[date]]:
    view = "month" if request.values.get("view") == "month" else "week"
    day = _asked("day")
    if view == "month":
        return view, crewshifts.month_days(day)
    first = crewshifts.monday(day)
    return view, [first + timedelta(days=number) for number in range(7)]


def _page(typed: Mapping[str, Any], trouble: Trouble) -> Answer:
    view, days = _span()
    fills = crewshifts.may_fill(g.actor)
    people = crewshifts.candidates(g.actor) if fills else {}
    mine = crew.my_teams(g.actor) if fills else []
    html = render_template(
        "crew/shifts.html", view=view, grid=crewshifts.grid(g.actor, days), days=days, kinds=crewshifts.KINDS, fills=fills,
        plans=crew.plans(g.actor), on=shifts.now(), moment=clock.now(), this_day=teams.today(), usual=crewshifts.USUAL,
        before=days[0] - timedelta(days=1), after=days[-1] + timedelta(days=1), typed=typed, trouble=trouble,
        people=[(_(dict(crewshifts.KINDS)[kind]), [(str(one.id), one.name) for one in rows]) for kind, rows in people.items() if rows],
        my_kinds=[(kind, _(words)) for kind, words in crewshifts.KINDS if kind in people],
        teams=[(str(team.id), team.name) for team in mine])
    return (html, trouble.code) if trouble else html


def _back() -> Response:
    view, days = _span()
    return redirect(url_for("crew.roster", view=view if view == "month" else None, day=days[0].isoformat()), 303)


@bp.post("/shifts")
@guard.staff("crew")
def fill_shifts() -> Answer:
    """Puts somebody on a kind of shift on all the days ticked, or on none."""
    typed: dict[str, Any] = {name: request.form.get(name, "")[:60] for name in ("kind", "user", "start", "end", "team", "beside")}
    typed["days"] = request.form.getlist("days")[:62]
    made: list[int] = []
    trouble = attempt(lambda: made.append(crewshifts.fill(g.actor, typed)))
    if trouble:
        return _page(typed, trouble)
    flash(_("排了 %(n)s 班。", n=made[0]), "ok")
    return _back()


@bp.post("/shifts/copy")
@guard.staff("crew")
def copy_shifts() -> Answer:
    """Last week again; who cannot is named."""
    first, kind = crewshifts.monday(_asked("day")), request.form.get("kind", "")[:10]
    made: list[crewshifts.Copied] = []
    trouble = attempt(lambda: made.append(crewshifts.copy_last_week(g.actor, first, kind)))
    if trouble:
        return _page({}, trouble)
    flash(_("照上周排了 %(n)s 班。", n=made[0].made), "ok" if made[0].made else "info")
    if made[0].left:
        flash(_("没有照搬的：%(rows)s", rows="；".join(made[0].left[:12])), "warn")
    return _back()


@bp.post("/shifts/<uuid:shift_id>/remove")
@guard.staff("crew")
def remove_shift(shift_id: uuid.UUID) -> Answer:
    trouble = attempt(lambda: crewshifts.remove(g.actor, shift_id))
    if trouble:
        return _page({}, trouble)
    flash(_("去掉了这一班。"), "ok")
    return _back()
