"""Monthly themes 月度主攻题 at the desk: made, filled with cases, published and accounted for (R41)."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from civic.blueprints.desk import bp
from civic.blueprints.desk.themeforms import CaseForm, ReportForm, StoryForm, ThemeForm
from civic.cases import operations, themes, themestories
from civic.kit import clock
from civic.kit.result import Invalid, NotFound
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
    return render_template("desk/themes.html", rows=themes.listed(), form=form, kinds=themes.KINDS, fresh=clock.now()), code


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
          report: ReportForm | None = None, story: StoryForm | None = None) -> Answer:
    form, row = _units(form or ThemeForm(formdata=None, data=_shown(found))), themes.counts(found)
    story = story or StoryForm(formdata=None)
    story.story.choices = [("", _("请选择")), *themestories.candidates(g.actor, found)]
    return render_template(
        "desk/theme.html", theme=found, row=row, cases=themes.cases_of(found), form=form, kinds=themes.KINDS,
        stories=themestories.stories_of(g.actor, found), progress=themestories.progress(found, row), put=story,
        add=case or CaseForm(formdata=None), end=report or ReportForm(formdata=None), chief="chief" in g.actor.grants), code


def _shown(found: Any) -> dict[str, Any]:
    """What stands in the form of a theme; a target that was not set is empty."""
    values = {name: getattr(found, name) for name in ("kind", "month", "title", "lead", "goal", "starts_on", "ends_on")}
    return {**values, **{name: getattr(found, name) or "" for name in ("target_cases", "target_stories")}}


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


@bp.post("/desk/themes/<uuid:key>/stories")
@guard.staff("themes")
def add_story_to_theme(key: uuid.UUID) -> Answer:
    found, form = themes.find(key), StoryForm()
    try:
        added = themestories.add(g.actor, found, form.story.data or "")
    except Invalid as error:
        _put(form, error)
        return _work(found, 422, story=form)
    flash(_("《%(title)s》已列入。", title=added.title), "done")
    return redirect(url_for("desk.theme", key=key, _anchor="stories"), 303)


@bp.post("/desk/themes/<uuid:key>/stories/<uuid:story>/<any(up, down, remove):what>")
@guard.staff("themes")
def order_story_of_theme(key: uuid.UUID, story: uuid.UUID, what: str) -> Answer:
    """One place up or down in the series, or out of it."""
    if what == "remove":
        themestories.remove(g.actor, themes.find(key), story)
    else:
        themestories.move(g.actor, themes.find(key), story, what)
    return redirect(url_for("desk.theme", key=key, _anchor="stories"), 303)


@bp.post("/desk/themes/put")
@guard.staff("themes")
def put_into_theme() -> Answer:
    """From the page of a case or of a story: into the theme chosen there, and back."""
    case, story = request.form.get("case", "")[:40], request.form.get("story", "")[:40]
    back = url_for("desk.case", number=case) if case else f"/stories/{story}"
    try:
        found = themes.find(uuid.UUID(request.form.get("theme", "")))
    except (ValueError, NotFound):
        raise Invalid({"theme": _("请选一个主攻题或专栏。")}) from None
    if case:
        operations.find(g.actor, case)
        themes.add(g.actor, found, case)
    else:
        themestories.add(g.actor, found, story)
    flash(_("已列入《%(title)s》。", title=found.title), "done")
    return redirect(back, 303)
