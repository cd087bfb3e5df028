"""The catalogue of who leads on what, and the routing rules: read by the desk, changed by an administrator."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time
from typing import Any

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from civic.blueprints.admin import bp
from civic.departments import dispatch
from civic.kit import clock
from civic.kit.result import Invalid, NotPossible
from civic.reference import catalogue, lookup, routing
from civic.web import guard
from civic.workflow.routing import DAYS, Question

Answer = str | Response | tuple[str, int]
ENTRY = ("category", "town", "department", "role", "valid_from", "valid_to", "note")
RULE = ("name", "category", "town", "village", "department", "duty", "sla", "from_on", "to_on", "from_time", "to_time", "words", "note")
ROLES = (("lead", "主办"), ("partner", "协办"))


def _date(text: str) -> date | None:
    """ValueError for what is no date."""
    return date.fromisoformat(text) if text else None


def _towns() -> list[tuple[str, str]]:
    return [(row.code, row.name) for row in lookup.towns()]


def _villages() -> list[tuple[str, Any]]:
    return [(town.name, [(row.code, row.name) for row in rows]) for town in lookup.towns() if (rows := lookup.villages(town.code))]


def _units() -> list[tuple[str, str]]:
    return [(row.code, f"{row.short}（{row.code}）") for row in lookup.departments(receiving=True)]


def _categories() -> list[tuple[str, Any]]:
    return [(group, [(row.code, f"{row.code} {row.name}") for row in rows]) for group, rows in lookup.category_tree().items()]


def _typed(names: tuple[str, ...]) -> dict[str, str]:
    return {name: request.form.get(name, "").strip()[:500] for name in names}


# -- the catalogue ----------------------------------------------------------------------------------------------------


@bp.get("/admin/catalogue")
@guard.staff("catalogue")
def catalogue_page() -> Answer:
    """Category × lead × partners × the towns' part on a day, with the entries laid over the table."""
    return _catalogue({"valid_from": lookup.today().isoformat(), "role": "lead"}, {})


def _catalogue(typed: dict[str, str], errors: dict[str, str], code: int = 200) -> Answer:
    try:
        on = _date(request.args.get("on", "")[:10]) or lookup.today()
    except ValueError:
        on = lookup.today()
    town = request.args.get("town", "")[:20]
    town = town if lookup.town(town) else ""
    category = request.args.get("category", "")[:10]
    html = render_template(
        "admin/catalogue.html", groups=catalogue.lines(on, town or None), on=on, town=town, towns=_towns(), units=_units(),
        categories=_categories(), entries=catalogue.all_entries(category), category=category, name=lookup.department_name,
        category_name=lookup.category_name, town_name=lookup.town_name, sources=catalogue.SOURCES, roles=dict(ROLES), typed=typed,
        errors=errors, may_edit="admin" in g.actor.grants, this_day=lookup.today())
    return (html, code) if code != 200 else html


@bp.post("/admin/catalogue")
@guard.staff("admin")
def add_entry() -> Answer:
    """Lays an entry over the catalogue."""
    typed, errors = _typed(ENTRY), {}
    data: dict[str, Any] = dict(typed)
    for name in ("valid_from", "valid_to"):
        try:
            data[name] = _date(typed[name])
        except ValueError:
            errors[name], data[name] = "请按「2026-11-25」这样写日期。", None
    try:
        if errors:
            raise Invalid(errors)
        catalogue.add(data, g.actor.user_id)
    except Invalid as error:
        return _catalogue(typed, error.errors, 422)
    flash(_("已加入目录，从那天起按它派单。"), "ok")
    return redirect("/admin/catalogue", 303)


@bp.post("/admin/catalogue/<uuid:entry_id>/close")
@guard.staff("admin")
def close_entry(entry_id: uuid.UUID) -> Answer:
    """Ends an entry from a day on, with the reason; it stays on record."""
    try:
        catalogue.close(entry_id, _date(request.form.get("valid_to", "")[:10]), request.form.get("reason", ""), g.actor.user_id)
    except ValueError:
        flash(_("请按「2026-11-25」这样写日期。"), "late")
    except (Invalid, NotPossible) as error:
        flash(error.message, "late")
    else:
        flash(_("这一条到那天为止。"), "ok")
    return redirect("/admin/catalogue", 303)


# -- routing rules ----------------------------------------------------------------------------------------------------


@bp.get("/admin/routing")
@guard.staff("catalogue")
def routing_page() -> Answer:
    """The rules in order, what is wrong with any of them, and a form to try them out."""
    return _routing({}, {})


def _weekday(number: int) -> str:
    """The name of a day of the week, 1 Monday to 7 Sunday."""
    return _("周" + DAYS[number - 1])


def _routing(typed: dict[str, Any], errors: dict[str, str], code: int = 200, editing: str = "") -> Answer:
    tried = _tried()
    html = render_template(
        "admin/routing.html", rules=routing.rules(), troubles=routing.troubles(), tried=tried, test=request.args, typed=typed,
        errors=errors, editing=editing, towns=_towns(), villages=_villages(), units=_units(), categories=_categories(), roles=ROLES,
        slas=[(sla.code, f"{sla.name} · {sla.closing.words}") for sla in lookup.slas()], name=lookup.department_name,
        category_name=lookup.category_name, town_name=lookup.town_name, village_name=lookup.village_name,
        days=[(str(number), _weekday(number)) for number in range(1, 8)], weekday=_weekday,
        may_edit="admin" in g.actor.grants)
    return (html, code) if code != 200 else html


def _tried() -> Any:
    """What the rules and the catalogue would say of what was typed into the test form; None when nothing was."""
    args = request.args
    if args.get("try") != "1":
        return None
    at = clock.now()
    try:
        if args.get("at"):
            at = clock.from_local(datetime.fromisoformat(args["at"][:16]))
    except ValueError:
        at = clock.now()
    asked = Question(args.get("category", "")[:10] or None, args.get("town", "")[:20] or None, args.get("village", "")[:20] or None,
                     args.get("text", "")[:2000], at)
    return dispatch.suggest_for(asked)


@bp.get("/admin/routing/<uuid:rule_id>")
@guard.staff("admin")
def edit_rule(rule_id: uuid.UUID) -> Answer:
    row = routing.get(rule_id)
    typed = {name: getattr(row, name) or "" for name in RULE}
    typed |= {"from_on": str(row.from_on or ""), "to_on": str(row.to_on or ""), "words": "、".join(row.words),
              "from_time": f"{row.from_time:%H:%M}" if row.from_time else "", "to_time": f"{row.to_time:%H:%M}" if row.to_time else "",
              "weekdays": [str(day) for day in row.weekdays]}
    return _routing(typed, {}, editing=str(row.id))


@bp.post("/admin/routing")
@guard.staff("admin")
def add_rule() -> Answer:
    return _save(None)


@bp.post("/admin/routing/<uuid:rule_id>")
@guard.staff("admin")
def save_rule(rule_id: uuid.UUID) -> Answer:
    return _save(routing.get(rule_id))


def _save(row: Any) -> Answer:
    """Saves the typed rule; whatever is wrong, everything typed stays."""
    key = str(row.id) if row is not None else ""
    typed: dict[str, Any] = {**_typed(RULE), "weekdays": request.form.getlist("weekdays")}
    data, errors = _read(typed, request.form)
    try:
        if errors:
            raise Invalid(errors)
        routing.save(row, data, g.actor.user_id)
    except Invalid as error:
        return _routing(typed, error.errors, 422, key)
    flash(_("规则已保存。"), "ok")
    return redirect("/admin/routing", 303)


def _read(typed: dict[str, Any], _form: MultiDict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    data, errors = dict(typed), {}
    for name, read, words in (("from_on", _date, "请按「2026-11-25」这样写日期。"), ("to_on", _date, "请按「2026-11-25」这样写日期。"),
                              ("from_time", _time, "请按「22:00」这样写时间。"), ("to_time", _time, "请按「22:00」这样写时间。")):
        try:
            data[name] = read(typed[name])
        except ValueError:
            errors[name], data[name] = words, None
    return data, errors


def _time(text: str) -> time | None:
    return routing.times(text[:5])


@bp.post("/admin/routing/<uuid:rule_id>/<any(up, down, on, off, remove):what>")
@guard.staff("admin")
def change_rule(rule_id: uuid.UUID, what: str) -> Answer:
    """Moves a rule, switches it, or takes a switched-off one away."""
    row = routing.get(rule_id)
    if what in ("up", "down"):
        routing.shift(row, -1 if what == "up" else 1, g.actor.user_id)
    elif what in ("on", "off"):
        routing.switch(row, what == "on", g.actor.user_id)
    else:
        try:
            routing.remove(row)
        except Invalid as error:
            flash(error.message, "late")
    return redirect("/admin/routing", 303)
