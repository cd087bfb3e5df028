"""One-time links seen from inside: made, shown once, revoked, and what came in by them judged."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.blueprints.departments import bp, unitside
from civic.departments import links, papers, queries
from civic.kit.result import NotAllowed
from civic.models import OrderLink, Referral
from civic.web import guard, nonce
from civic.web.attempt import NONE, Trouble, attempt

Answer = str | Response | tuple[str, int]
FIELDS = ("for_whom", "ask", "days")


def _order(number: str) -> Referral:
    """The order, for who may make links for it: 404 for whom it does not exist, then 403."""
    found = queries.find(g.actor, number)
    if not links.may_make(g.actor, found):
        raise NotAllowed()
    return found


def _page(found: Referral, typed: Mapping[str, str], trouble: Trouble, key: str = "") -> Answer:
    html = render_template(
        "departments/links.html", order=found, title=queries.headline(found.brief), links=unitside.link_rows(g.actor, found),
        typed=typed, trouble=trouble, why_not=links.why_not(found), lives=links.LIVES, nonce=nonce.fresh(),
        officer=found.department in g.actor.departments, aside=key)
    return (html, trouble.code) if trouble else html


@bp.get("/orders/<number>/links")
@guard.staff("referrals.read")
def link_list(number: str) -> Answer:
    """The links of an order and the form of a new one."""
    return _page(_order(number), {}, NONE)


@bp.post("/orders/<number>/links")
@guard.staff("referrals.read")
def link_make(number: str) -> Answer:
    """Makes a link and shows it, this once. The same form sent twice makes one, and does not show it again."""
    found = _order(number)
    typed = {name: request.form.get(name, "")[:1000] for name in FIELDS}
    key = request.form.get("nonce", "")
    done = nonce.result(key)
    if done is not None:
        flash(_("链接已经发过了，只显示一次；没有抄下来就撤掉它再发一个。"), "warn")
        return redirect(done, 303)
    made: list[tuple[OrderLink, str]] = []

    def verb() -> None:
        made.append(links.make(g.actor, found, typed))
        nonce.remember(key, url_for("departments.link_list", number=found.number))
    trouble = attempt(verb)
    if trouble:
        return _page(queries.find(g.actor, number), typed, trouble)
    row, token = made[0]
    address = str(current_app.config["CIVIC"].base_url).rstrip("/") + url_for("links.show", token=token)
    path, size = papers.code(address)
    return render_template("departments/link_made.html", order=found, title=queries.headline(found.brief), link=row,
                           address=address, qr=path, qr_size=size, back_url=url_for("departments.link_list", number=found.number))


@bp.post("/orders/<number>/links/<uuid:link_id>/revoke")
@guard.staff("referrals.read")
def link_revoke(number: str, link_id: uuid.UUID) -> Answer:
    """Ends a link at once."""
    found = _order(number)
    row = links.find(g.actor, found, link_id)
    trouble = attempt(lambda: links.revoke(g.actor, row))
    if trouble:
        return _page(queries.find(g.actor, number), {}, trouble)
    flash(_("链接撤掉了，对方再打开会看到已经作废。"), "ok")
    return redirect(url_for("departments.link_list", number=found.number), 303)


@bp.post("/orders/<number>/links/<uuid:link_id>/aside")
@guard.staff("referrals.read")
def link_aside(number: str, link_id: uuid.UUID) -> Answer:
    """The unit does not use a contribution, and says why."""
    found = _order(number)
    row = links.find(g.actor, found, link_id)
    trouble = attempt(lambda: links.set_aside(g.actor, row, request.form.get("why", "")))
    if trouble:
        return _page(queries.find(g.actor, number), {"why": request.form.get("why", "")[:400]}, trouble, str(link_id))
    flash(_("记下了：这份材料不采用。"), "ok")
    return redirect(url_for("departments.link_list", number=found.number), 303)
