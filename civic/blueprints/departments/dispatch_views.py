"""The dispatch page of a case: who, in which words, until when; read as the department will, then drafted all at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from civic import ledger
from civic.access.actor import Actor
from civic.blueprints.departments import bp, page
from civic.cases import operations as cases
from civic.departments import brief, conference, dispatch, external
from civic.departments.dispatch import Plan, Unit
from civic.kit.text import clean
from civic.models import Case, Referral
from civic.reference import lookup
from civic.tips import twins
from civic.web import guard, nonce
from civic.web.attempt import NONE, Trouble, attempt

Answer = str | Response | tuple[str, int]


@bp.get("/desk/cases/<number>/dispatch")
@guard.staff("cases.read")
def plan_order(number: str) -> Answer:
    """The proposal, ready to be changed: lead, partners, words, dates; and what may be the same case told twice."""
    case = cases.find(g.actor, number)
    reasons = dispatch.refusals(g.actor, case)
    return _form(case, dispatch.blank(case), nonce.fresh(), trouble=Trouble(409, reasons=reasons) if reasons else NONE)


@bp.post("/desk/cases/<number>/dispatch")
@guard.staff("cases.read")
def make_orders(number: str) -> Answer:
    """Shows the preview, or with `do=draft` drafts all orders of the plan; whatever is wrong, everything typed stays."""
    case = cases.find(g.actor, number)
    dispatch.refusals(g.actor, case)
    key, target = request.form.get("nonce", "")[:64], f"/desk/cases/{case.number}#orders"
    if (done := nonce.result(key)) is not None:
        return redirect(done, 303)
    plan, unreadable = read(request.form)
    if request.form.get("do") == "change":
        return _form(case, plan, key)
    if request.form.get("do") != "draft":
        return _preview(case, plan, key, unreadable)

    def verb() -> None:
        dispatch.draft_all(g.actor, case, plan)
        nonce.remember(key, target)
    trouble = attempt(verb, unreadable)
    if trouble:
        return _form(cases.find(g.actor, number), plan, key, trouble)
    flash(_("拟好 %(n)s 张转办单，请另一位编辑核对后发出。", n=len(plan.orders)), "ok")
    return redirect(target, 303)


def _preview(case: Case, plan: Plan, key: str, unreadable: dict[str, str]) -> Answer:
    number, found = case.number, []

    def verb() -> None:
        found.extend(dispatch.preview(g.actor, case, plan, _as_department))
    trouble = attempt(verb, unreadable)
    case = cases.find(g.actor, number)
    if trouble:
        return _form(case, plan, key, trouble)
    return render_template("departments/dispatch_preview.html", case=case, plan=plan, nonce=key, found=found,
                           levels=dict(dispatch.LEVELS), name=lookup.department_name, raw=request.form)


def _as_department(row: Referral) -> Any:
    """The department's own view model of the order, made for an officer of that department."""
    officer = Actor("user", "", None, frozenset({"officer"}), frozenset({row.department}))
    return page.order(officer, row)


def _form(case: Case, plan: Plan, key: str, trouble: Trouble = NONE) -> Answer:
    suggestion = dispatch.suggest(case)
    units = [(row.code, f"{row.short}（{row.code}）") for row in lookup.departments(receiving=True)]
    html = render_template(
        "departments/dispatch.html", case=case, plan=plan, nonce=key, suggestion=suggestion, trouble=trouble,
        units=units, slas=[(sla.code, f"{sla.name} · {sla.closing.words}") for sla in lookup.slas()],
        levels=dispatch.LEVELS, live=dispatch.live(case), twins=twins.of(g.actor, case), category=lookup.category(case.category),
        wrong={int(key.split("-")[1]) for key in trouble.errors if key.startswith("unit-")},
        name=lookup.department_name, town=lookup.town_name(case.town), external=external.running(case),
        sitting=[row for row in conference.of_case(case.id) if row.decided_at is None])
    return (html, trouble.code) if trouble else html


def read(form: MultiDict[str, str]) -> tuple[Plan, dict[str, str]]:
    """The typed plan and what of it could not be read, by field."""
    errors: dict[str, str] = {}
    units = [_unit(form, number, errors) for number in range(dispatch.UNITS)]
    return Plan(form.get("level", "")[:1], units), errors


def _unit(form: MultiDict[str, str], number: int, errors: dict[str, str]) -> Unit:
    def get(name: str) -> str:
        return clean(form.get(f"unit-{number}-{name}", ""))
    unit = Unit(
        department=get("department")[:20], duty="lead" if get("duty") == "lead" else "partner", brief=get("brief")[:4000],
        items=tuple(brief.items(get("items"))[:20]), basis=get("basis")[:1000], sla=get("sla")[:10],
        override=get("override")[:400], why=get("why")[:300], on=form.get(f"unit-{number}-on") == "y")
    text = get("wanted_on")
    if text and not unit.empty:
        try:
            return replace(unit, wanted_on=date.fromisoformat(text))
        except ValueError:
            errors[f"unit-{number}-wanted_on"] = _("请按「2026-11-25」这样写日期。")
    return unit


# -- conferences ------------------------------------------------------------------------------------------------------


@bp.get("/desk/conferences")
@guard.staff("conferences")
def conferences() -> Answer:
    """The conferences that sit, and the decided ones."""
    rows, next_key = conference.listing(request.args.get("after", "")[:100])
    return render_template("departments/conferences.html", rows=rows, name=lookup.department_name,
                           next_url=url_for("departments.conferences", after=next_key) if next_key else "",
                           first_url=url_for("departments.conferences") if request.args.get("after") else "")


@bp.get("/desk/conferences/<uuid:conference_id>")
@guard.staff("conferences")
def one_conference(conference_id: Any) -> Answer:
    """One conference with its objections, and the moves that decide it."""
    return _conference(conference.find(conference_id), desk=True)


@bp.get("/orders/conference/<uuid:conference_id>")
@guard.staff("departments")
def invited(conference_id: Any) -> Answer:
    """The same for an officer of an invited unit: what was written for departments, when and where, and the decision."""
    return _conference(conference.invited(g.actor, conference_id), desk=False)


def _conference(row: Any, *, desk: bool) -> Answer:
    order = row.referral
    moves = [view for view in ledger.moves(g.actor, "referral", order) if view.move.command.startswith("confer_")] if desk else []
    return render_template(
        "departments/conference.html", row=row, order=order, state=conference.state_of(row, order.state), desk_view=desk,
        objections=conference.objections(row), entry=conference.entry_of(row), moves=moves, name=lookup.department_name,
        category=lookup.category_name(row.case.category), place=page.place(order), next=conference.next_of(row),
        by=conference.decider(row) if desk else "")
