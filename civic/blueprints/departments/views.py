"""Pages of orders. An officer sees what was written for the department and nothing of a tip (S13)."""

from __future__ import annotations

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic import ledger
from civic.access.roles import roles_for
from civic.blueprints.departments import bp, forms, lists, page, unitside
from civic.departments import handover, links, operations, papers, queries, supervised, unitnotes
from civic.kit.result import NotAllowed
from civic.models import Referral
from civic.web import guard, nonce
from civic.web.attempt import NONE, Trouble, attempt
from civic.workflow import tables

Answer = str | Response | tuple[str, int]


@bp.get("/orders")
@guard.staff("departments")
def inbox() -> Answer:
    """The officer's piles: unsigned first, then overdue, today, in two days, the rest."""
    args = {name: request.args.get(name, "").strip()[:80] for name in ("pile", "q", "unit", "after")}
    box = queries.inbox(g.actor, pile=args["pile"], words=args["q"], department=args["unit"], after=args["after"])
    units = sorted(g.actor.departments)
    return render_template("departments/inbox.html", page=lists.inbox(g.actor, box, args), came_in=links.count_waiting(units),
                           owed=supervised.waiting_for(g.actor.departments),
                           over=[row for row in handover.waiting(units) if row.from_user_id != g.actor.user_id])


@bp.get("/orders/<number>")
@guard.staff("referrals.read")
def order(number: str) -> Answer:
    found = queries.find(g.actor, number)
    return render_template("departments/order.html", page=page.order(g.actor, found), unit=unitside.side(g.actor, found))


@bp.post("/orders/<number>/sign")
@guard.staff("referrals.read")
def sign(number: str) -> Answer:
    """One button, no fields. A second press, or a colleague who was faster, only shows the order."""
    found = queries.find(g.actor, number)
    _must(found, "sign")
    trouble = attempt(lambda: operations.sign(g.actor, found, {}, forms.seen(request.form)))
    if trouble:
        again = queries.find(g.actor, number)
        shown = page.order(g.actor, again)
        return render_template("departments/order.html", page=shown, trouble=trouble,
                               unit=unitside.side(g.actor, again)), trouble.code
    flash(_("已签收，办理时限从现在起算。"), "ok")
    return redirect(url_for("departments.order", number=found.number), 303)


@bp.get("/orders/<number>/answer")
@guard.staff("referrals.read")
def answer(number: str) -> Answer:
    """The answer form, item by item, with what the earlier version said where the order was sent back."""
    found = queries.find(g.actor, number)
    command = page.answer_command(found)
    _must(found, command)
    view = next((item for item in ledger.moves(g.actor, "referral", found) if item.move.command == command), None)
    trouble = NONE if view and view.allowed else Trouble(409, reasons=view.reasons if view else ())
    return _answer_page(found, unitside.start(g.actor, found, request.args.get("from", "")[:40]), trouble)


@bp.post("/orders/<number>/answer")
@guard.staff("referrals.read")
def give_answer(number: str) -> Answer:
    """Files the answer once. Whatever goes wrong, the text and the files received stay on the page."""
    found = queries.find(g.actor, number)
    command = page.answer_command(found)
    _must(found, command)
    done = nonce.result(request.form.get("nonce", ""))
    if done is not None:
        return redirect(done, 303)
    typed = forms.read(found, g.actor, request.form, request.files.getlist("photos"))
    if request.form.get("use"):  # a standard paragraph is put in, and nothing is sent
        return _answer_page(found, unitside.with_paragraph(g.actor, found, typed, request.form), NONE)
    target = url_for("departments.order", number=found.number)

    def verb() -> None:
        operations.OPERATIONS["referral", command](g.actor, found, typed.payload, typed.seen)
        forms.must_be_sure(found, typed)
        links.used_in_answer(g.actor, found, typed.came_from)
        unitnotes.finished(found)
        nonce.remember(typed.nonce, target)
    trouble = attempt(verb, typed.unreadable)
    if trouble:
        return _answer_page(queries.find(g.actor, number), typed, trouble)
    flash(_("答复已提交，等编辑部核实。"), "ok")
    vague = page.vague(typed.payload)
    if vague:
        flash(_("答复里有「%(words)s」这样没有日子的词，编辑和公众会看到标记。", words=_("」「").join(vague)), "warn")
    return redirect(target, 303)


def _answer_page(found: Referral, typed: forms.Typed, trouble: Trouble) -> Answer:
    shown = page.answer(g.actor, found, typed, trouble)
    html = render_template("departments/answer.html", page=shown, trouble=trouble,
                           help=unitside.helping(g.actor, found, typed, trouble))
    return (html, trouble.code) if trouble else html


@bp.get("/orders/<number>/print")
@guard.staff("referrals.read")
def sheet(number: str) -> Answer:
    """The order on paper, with a code that opens its page."""
    found = queries.find(g.actor, number)
    sheet = papers.paper(found, str(current_app.config["CIVIC"].base_url))
    return render_template("departments/print.html", papers=[sheet], back_url=url_for("departments.order", number=found.number))


def _must(found: Referral, command: str) -> None:
    """Rights before state: who may never do this gets 403, whatever the order's state."""
    move = tables.machine("referral").move(command)
    if not roles_for(g.actor, "referral", found).intersection(move.roles):
        raise NotAllowed()
