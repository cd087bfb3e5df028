"""The duty roster of a unit (R44) and the hand-over from one officer to the next. Never public."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.blueprints.departments import bp
from civic.departments import handover, roster
from civic.kit import clock
from civic.kit.result import NotFound
from civic.models import UnitDuty
from civic.reference import lookup
from civic.web import guard
from civic.web.attempt import NONE, Trouble, attempt

Answer = str | Response | tuple[str, int]
FIELDS = ("day", "start", "end", "kind", "name", "phone", "user", "note")


def _unit() -> str:
    """The unit asked for if this person may know its roster; their own when none is named."""
    code = request.values.get("unit", "")[:8]
    if not code and g.actor.departments:
        return str(sorted(g.actor.departments)[0])
    if code and (not roster.may_read(g.actor, code) or lookup.department(code) is None):
        raise NotFound()
    return code


def _monday() -> date:
    """The Monday of the week asked for, this one when it cannot be read."""
    today = clock.local(clock.now()).date()
    try:
        return roster.monday(date.fromisoformat(request.values.get("week", "")))
    except ValueError:
        return roster.monday(today)


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "")[:400] for name in FIELDS}


@bp.get("/orders/roster")
@guard.staff("roster")
def roster_week() -> Answer:
    """One unit's week; for who reads all units and names none, who is on duty everywhere now."""
    unit = _unit()
    if not unit:
        now = clock.now()
        on = roster.on_duty_all(now)
        units = [(row, on.get(row.code, [])) for row in lookup.departments(receiving=True)]
        return render_template("departments/roster_all.html", units=units, now=now, missing=sum(not here for _row, here in units))
    return _page(unit, _monday(), {}, NONE)


def _page(unit: str, first: date, typed: Mapping[str, str], trouble: Trouble, row: UnitDuty | None = None) -> Answer:
    keeps = unit in g.actor.departments
    today = clock.local(clock.now()).date()
    days = [(str(first + timedelta(days=number)), first + timedelta(days=number)) for number in range(7)]
    people = roster.accounts([unit]) if keeps else []
    html = render_template(
        "departments/roster.html", moment_now=clock.now(), unit=unit,
        person_choices=[(str(one.id), one.name) for one in people], name=lookup.department_name(unit, short=False), week=roster.week(unit, first),
        now=roster.on_duty(unit, clock.now()), keeps=keeps, typed=typed, trouble=trouble, row=row, this_day=today,
        days=days, before=first - timedelta(days=7), after=first + timedelta(days=7), kinds=roster.KINDS,
        people=people, waiting=handover.waiting([unit]) if keeps else (),
        units=[(code, lookup.department_name(code)) for code in sorted(g.actor.departments)])
    return (html, trouble.code) if trouble else html


@bp.post("/orders/roster")
@guard.staff("roster")
def roster_add() -> Answer:
    """One turn more. Times that cannot be are refused in words, and everything typed stays."""
    unit = _unit()
    typed = _typed()
    trouble = attempt(lambda: roster.save(g.actor, unit, typed))
    if trouble:
        return _page(unit, _monday(), typed, trouble)
    flash(_("排好了。"), "ok")
    return _back(unit, _monday())


def _back(unit: str, first: date) -> Response:
    return redirect(url_for("departments.roster_week", unit=unit, week=first), 303)


@bp.get("/orders/roster/<uuid:duty_id>")
@guard.staff("roster")
def roster_turn(duty_id: uuid.UUID) -> Answer:
    """One turn in a form of its own."""
    row = roster.find(g.actor, duty_id)
    start, end = clock.local(row.starts_at), clock.local(row.ends_at)
    typed = {"day": str(start.date()), "start": f"{start:%H:%M}", "end": f"{end:%H:%M}", "kind": row.kind, "name": row.name,
             "phone": row.phone, "user": str(row.user_id or ""), "note": row.note}
    return _page(row.department, roster.monday(start.date()), typed, NONE, row)


@bp.post("/orders/roster/<uuid:duty_id>")
@guard.staff("roster")
def roster_save(duty_id: uuid.UUID) -> Answer:
    row = roster.find(g.actor, duty_id)
    unit, first = row.department, roster.monday(clock.local(row.starts_at).date())
    typed = _typed()
    trouble = attempt(lambda: roster.save(g.actor, unit, typed, row))
    if trouble:
        return _page(unit, first, typed, trouble, roster.find(g.actor, duty_id))
    flash(_("改好了。"), "ok")
    return _back(unit, first)


@bp.post("/orders/roster/<uuid:duty_id>/remove")
@guard.staff("roster")
def roster_remove(duty_id: uuid.UUID) -> Answer:
    row = roster.find(g.actor, duty_id)
    unit, first = row.department, roster.monday(clock.local(row.starts_at).date())
    trouble = attempt(lambda: roster.remove(g.actor, row))
    if trouble:
        return _page(unit, first, {}, trouble)
    flash(_("去掉了这一班。"), "ok")
    return _back(unit, first)


@bp.post("/orders/roster/copy")
@guard.staff("roster")
def roster_copy() -> Answer:
    """Last week again, at the same hours."""
    unit, first = _unit(), _monday()
    made: list[int] = []
    trouble = attempt(lambda: made.append(roster.copy_last_week(g.actor, unit, first)))
    if trouble:
        return _page(unit, first, {}, trouble)
    flash(_("照上周排了 %(n)s 班。", n=made[0]) if made[0] else _("上周的班这周都有了，或者已经过去了。"), "ok" if made[0] else "info")
    return _back(unit, first)


# -- hand-over --------------------------------------------------------------------------------------------------------


@bp.get("/orders/handover")
@guard.staff("departments")
def handover_page() -> Answer:
    """What was left for me, what I leave for the next."""
    return _handover("", NONE)


def _handover(note: str, trouble: Trouble) -> Answer:
    units = sorted(g.actor.departments)
    html = render_template(
        "departments/handover.html", waiting=handover.waiting(units), past=handover.past(units), note=note, trouble=trouble,
        units=[(code, lookup.department_name(code)) for code in units], own=g.actor.user_id, chosen=request.form.get("unit", ""),
        open=handover.open_orders(units), next=[one for code in units for one in roster.following(code, clock.now())],
        name=lookup.department_name)
    return (html, trouble.code) if trouble else html


@bp.post("/orders/handover")
@guard.staff("departments")
def handover_leave() -> Answer:
    """A note and the list of open orders for the next one."""
    unit, note = request.form.get("unit", "")[:8], request.form.get("note", "")
    units = g.actor.departments
    code = unit if unit in units else next(iter(sorted(units)))
    trouble = attempt(lambda: handover.hand_over(g.actor, code, note))
    if trouble:
        return _handover(note, trouble)
    flash(_("交班写好了，等下一班的人确认接班。"), "ok")
    return redirect(url_for("departments.handover_page"), 303)


@bp.post("/orders/handover/<uuid:over_id>/take")
@guard.staff("departments")
def handover_take(over_id: uuid.UUID) -> Answer:
    """The next officer confirms."""
    row = handover.over(g.actor, over_id)
    done: list[Any] = []
    trouble = attempt(lambda: done.append(handover.take_over(g.actor, row)))
    if trouble:
        return _handover("", trouble)
    flash(_("已接班，这些单从现在起由您跟。"), "ok")
    return redirect(url_for("departments.handover_page"), 303)
