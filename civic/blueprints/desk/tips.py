"""Tips at the desk: the list, the page of one, the telephone form."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.access import scope
from civic.access.rules import allowed
from civic.blueprints.desk import bp, pane, phone
from civic.cases import timeline
from civic.kit import receipt
from civic.kit.result import NotFound
from civic.reference import county, lookup
from civic.tips import desk, operations, repeats
from civic.web import guard, nonce, sealed, vocabulary
from civic.web.attempt import attempt

Answer = str | Response | tuple[str, int]
PURPOSE = "desk.phone"


def _address(filters: desk.Filters, **changes: str) -> str:
    known = {"state": filters.state, "town": filters.town, "channel": filters.channel, "q": filters.words}
    query = urlencode({name: value for name, value in {**known, **changes}.items() if value})
    return f"/desk/tips?{query}" if query else "/desk/tips"


@bp.get("/desk/tips")
@guard.staff("desk.tips")
def tips() -> Answer:
    """All tips, newest first."""
    filters = desk.Filters.read(request.args)
    found = desk.listing(g.actor, filters)
    everything = sum(found.counts.values())
    tabs = [{"label": _("全部"), "url": _address(filters, state=""), "count": everything, "current": not filters.state}]
    tabs += [{"label": word, "url": _address(filters, state=value), "count": found.counts.get(value, 0),
              "current": filters.state == value} for value, word in vocabulary.words("tip")]
    return render_template(
        "desk/tips.html", found=found, filters=filters, tabs=tabs, towns=lookup.towns(),
        next_url=_address(filters, after=found.next_key) if found.next_key else "",
        first_url=_address(filters) if filters.after else "", may_register=allowed(g.actor, "tips.register"))


@bp.get("/desk/tips/<uuid:tip_id>")
@guard.staff("desk.tips")
def tip(tip_id: uuid.UUID) -> Answer:
    """One tip with everything but who sent it."""
    row = desk.find(g.actor, tip_id)
    page = desk.page(g.actor, row)
    points = [(page.point, "news", row.number)] if page.point else []
    points += [(item.point, "gov", item.number) for item in page.candidates if item.point]
    dots = desk.strip([(point, tone, title) for point, tone, title in points]) if page.point else []
    return render_template(
        "desk/tip.html", p=page, tip=row, place=desk.words_of(row), away=desk.distance_words(row), dots=dots,
        photos=timeline.photos(page.photos, inside=True), files=[item for item in page.photos if not item.derived],
        category=lookup.category_name(row.category), keys=pane.KEYS, nonce=nonce.fresh(), repeat=repeats.proposal(row),
        earlier=repeats.earlier(g.actor, row) if row.state in ("new", "asking") else ())


@bp.post("/desk/tips/<uuid:tip_id>/links/<uuid:link_id>/<verdict>")
@guard.staff("desk.tips")
def judge(tip_id: uuid.UUID, link_id: uuid.UUID, verdict: str) -> Answer:
    """Confirms a suggested case (the tip is accepted into it) or says that it is another matter."""
    row = desk.find(g.actor, tip_id)
    link = desk.link_of(g.actor, row, link_id)
    if verdict == "confirm":
        operations.confirm_link(g.actor, link)
        flash(_("已受理并入。"), "ok")
    elif verdict == "reject":
        operations.reject_link(g.actor, link)
        flash(_("记下了：不是同一件事。"), "ok")
    else:
        raise NotFound()
    return redirect(f"/desk/tips/{row.id}", 303)


# -- by telephone -----------------------------------------------------------------------------------------------------


def _form_page(form: phone.PhoneForm, errors: dict[str, str], code: int = 200) -> Answer:
    html = render_template("desk/register.html", form=form, errors=errors, emergency=county.current().emergency)
    return (html, code) if code != 200 else html


@bp.get("/desk/tips/new")
@guard.staff("tips.register")
def register() -> Answer:
    """The form for somebody on the telephone; the receipt is made with the form, so that two sends are one tip."""
    form = phone.PhoneForm(data={"consent": "editors"})
    form.sealed.data = sealed.seal(PURPOSE, {"nonce": nonce.fresh(), "receipt": receipt.new()})
    return _form_page(form, {})


@bp.post("/desk/tips/new")
@guard.staff("tips.register")
def do_register() -> Answer:
    """Takes the tip in and shows the code to read out, once."""
    form = phone.PhoneForm()
    opened = sealed.unseal(PURPOSE, str(form.sealed.data or ""))
    state = opened.state
    if opened.broken or not state.get("receipt"):
        state = {"nonce": nonce.fresh(), "receipt": receipt.new()}
        form.sealed.data = sealed.seal(PURPOSE, state)
    form.validate()
    errors = {name: str(found[0]) for name, found in form.errors.items() if found}
    draft, problems = phone.draft(form, str(state["nonce"]), str(state["receipt"]))
    made: list[Any] = []
    trouble = attempt(lambda: made.append(operations.submit(g.actor, draft)), {**problems, **errors})
    if trouble:
        return _form_page(form, trouble.errors or {"": " ".join(trouble.reasons)}, trouble.code)
    return render_template("desk/registered.html", tip=made[0], code=state["receipt"],
                           readable=scope.may_see(g.actor, made[0]))


