"""Pages of the typhoon mode: the switch with its reason and notice, and many orders from one template."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.access.rules import allowed
from civic.blueprints.storm import bp
from civic.departments import bulkorders, typhoon
from civic.kit.result import Invalid, NotPossible
from civic.kit.text import clean
from civic.models import db
from civic.reference import emergency, lookup
from civic.web import guard

Answer = str | Response | tuple[str, int]
FIELDS = ("name", "reason", "notice")


@bp.get("/typhoon")
@guard.staff("typhoon.page")
def page() -> Answer:
    """Whether the mode runs, what it does, and those that were."""
    return _page({})


def _page(typed: dict[str, str], errors: dict[str, str] | None = None, reasons: tuple[str, ...] = (), code: int = 200) -> Answer:
    still, going = typhoon.affected()
    html = render_template(
        "storm/page.html", mode=emergency.current(), past=typhoon.listed(), typed=typed, errors=errors or {}, reasons=reasons,
        may=allowed(g.actor, "typhoon"), may_send=allowed(g.actor, "typhoon.orders"), still=still, going=going,
        limits=typhoon.LIMITS)
    return (html, code) if code != 200 else html


@bp.post("/typhoon/start")
@guard.staff("typhoon")
def start() -> Answer:
    """Switches on; a second press says that it runs already. What was typed stays."""
    typed = {name: clean(request.form.get(name, ""))[:1000] for name in FIELDS}
    try:
        typhoon.start(g.actor, typed)
    except Invalid as error:
        db.session.rollback()
        return _page(typed, error.errors, code=422)
    except NotPossible as error:
        db.session.rollback()
        return _page(typed, reasons=error.reasons, code=409)
    flash(_("已启动应急：紧急单优先，其他单停表，公众页面已挂告示。"), "ok")
    return redirect(url_for("storm.page"), 303)


@bp.post("/typhoon/end")
@guard.staff("typhoon")
def end() -> Answer:
    try:
        typhoon.end(g.actor)
    except NotPossible as error:
        db.session.rollback()
        return _page({}, reasons=error.reasons, code=409)
    flash(_("应急已结束：各单时限恢复，期限顺延并写明原因。"), "ok")
    return redirect(url_for("storm.page"), 303)


# -- many orders at once ----------------------------------------------------------------------------------------------


@bp.get("/typhoon/orders")
@guard.staff("typhoon.orders")
def orders() -> Answer:
    """Emergencies without an order, to tick; and drafts of emergencies that wait for another editor."""
    return _orders(request.args.get("template", ""))


def _orders(code: str = "", typed: dict[str, Any] | None = None, errors: dict[str, str] | None = None, status: int = 200) -> Answer:
    listed = bulkorders.templates()
    chosen = next((row for row in listed if row.code == code), listed[0])
    cases = [{"case": case, "unit": lookup.department_name(unit) if (unit := bulkorders.lead(case)) else "",
              "town": lookup.town_name(case.town)} for case in bulkorders.waiting()]
    drafts = [{"order": order, "unit": lookup.department_name(order.department),
               "own": order.drafted_by is not None and order.drafted_by == g.actor.user_id} for order in bulkorders.drafts()]
    html = render_template("storm/orders.html", templates=listed, chosen=chosen, cases=cases, drafts=drafts, typed=typed or {},
                           errors=errors or {}, mode=emergency.current())
    return (html, status) if status != 200 else html


@bp.post("/typhoon/orders/draft")
@guard.staff("typhoon.orders")
def draft() -> Answer:
    """Drafts one order a ticked case; what one refuses does not stop the others."""
    form = request.form
    typed: dict[str, Any] = {"brief": clean(form.get("brief", ""))[:2000], "items": clean(form.get("items", ""))[:2000],
             "cases": form.getlist("cases")[:200]}
    code = form.get("template", "")
    try:
        outcomes = bulkorders.draft(g.actor, typed["cases"], code, typed)
    except Invalid as error:
        db.session.rollback()
        return _orders(code, typed, error.errors, 422)
    return render_template("storm/done.html", outcomes=outcomes, done=sum(item.done for item in outcomes), what=_("拟单"))


@bp.post("/typhoon/orders/send")
@guard.staff("typhoon.orders")
def send() -> Answer:
    """Sends the ticked drafts, except those one drafted oneself."""
    try:
        outcomes = bulkorders.send(g.actor, request.form.getlist("orders")[:200])
    except Invalid as error:
        db.session.rollback()
        return _orders("", {}, error.errors, 422)
    return render_template("storm/done.html", outcomes=outcomes, done=sum(item.done for item in outcomes), what=_("发出"))
