"""Monthly themes 月度主攻题 at the desk: made, filled with cases, published and accounted for (R41)."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from civic.blueprints.desk import bp
from civic.blueprints.desk.themeforms import CaseForm, ReportForm, ThemeForm
from civic.cases import themes
from civic.kit import clock
from civic.kit.result import Invalid
from civic.reference import lookup
from civic.web import guard

Answer = str | Response | tuple[str, int]


def _units(form: ThemeForm) -> ThemeForm:
    form.lead.choices = [("", _("请选择")), *((row.code, row.name) for row in lookup.departments())]
    return form


def _put(form: FlaskForm, error: Invalid) -> None:
    for name, words in error.errors.items():
        form[name].errors = [words]


@bp.get("/desk/themes")
@guard.staff("themes")
def themes_list() -> Answer:
    """All themes, and the form for a new one."""
    form = _units(ThemeForm(month=f"{clock.local(clock.now()):%Y-%m}"))
    return _desk(form)


def _desk(form: ThemeForm, code: int = 200) -> Answer:
    return render_template("desk/themes.html", rows=themes.listed(), form=form, fresh=clock.now()), code


@bp.post("/desk/themes")
@guard.staff("themes")
def make_theme() -> Answer:
    form = _units(ThemeForm())
    try:
        found = themes.make(g.actor, form.data)
    except Invalid as error:
        _put(form, error)
        return _desk(form, 422)
    return redirect(url_for("desk.theme", key=found.id), 303)


@bp.get("/desk/themes/<uuid:key>")
@guard.staff("themes")
def theme(key: uuid.UUID) -> Answer:
    return _work(themes.find(key))


def _work(found: Any, code: int = 200, *, form: ThemeForm | None = None, case: CaseForm | None = None,
          report: ReportForm | None = None) -> Answer:
    form = _units(form or ThemeForm(formdata=None, obj=found))
    return render_template(
        "desk/theme.html", theme=found, row=themes.counts(found), cases=themes.cases_of(found), form=form,
        add=case or CaseForm(formdata=None), end=report or ReportForm(formdata=None), chief="chief" in g.actor.grants), code


@bp.post("/desk/themes/<uuid:key>")
@guard.staff("themes")
def change_theme(key: uuid.UUID) -> Answer:
    found, form = themes.find(key), _units(ThemeForm())
    try:
        themes.change(g.actor, found, form.data)
    except Invalid as error:
        _put(form, error)
        return _work(found, 422, form=form)
    flash(_("已保存。"), "done")
    return redirect(url_for("desk.theme", key=key), 303)


@bp.post("/desk/themes/<uuid:key>/cases")
@guard.staff("themes")
def add_to_theme(key: uuid.UUID) -> Answer:
    found, form = themes.find(key), CaseForm()
    try:
        added = themes.add(g.actor, found, form.number.data or "")
    except Invalid as error:
        _put(form, error)
        return _work(found, 422, case=form)
    flash(_("%(number)s 已列入。", number=added.number), "done")
    return redirect(url_for("desk.theme", key=key, _anchor="cases"), 303)


@bp.post("/desk/themes/<uuid:key>/cases/<uuid:case>/remove")
@guard.staff("themes")
def remove_from_theme(key: uuid.UUID, case: uuid.UUID) -> Answer:
    themes.remove(g.actor, themes.find(key), case)
    return redirect(url_for("desk.theme", key=key, _anchor="cases"), 303)


@bp.post("/desk/themes/<uuid:key>/publish")
@guard.staff("themes")
def publish_theme(key: uuid.UUID) -> Answer:
    themes.publish(g.actor, themes.find(key))
    flash(_("主攻题已公开。"), "done")
    return redirect(url_for("desk.theme", key=key), 303)


@bp.post("/desk/themes/<uuid:key>/close")
@guard.staff("themes")
def close_theme(key: uuid.UUID) -> Answer:
    found, form = themes.find(key), ReportForm()
    try:
        themes.close(g.actor, found, form.report.data or "")
    except Invalid as error:
        _put(form, error)
        return _work(found, 422, report=form)
    flash(_("已结题。案件各按自己的期限继续办。"), "done")
    return redirect(url_for("desk.theme", key=key), 303)
