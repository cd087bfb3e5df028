"""Pages for everybody. Every list says how many and how fresh; every page works without script."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError

from civic.blueprints.public import bp, page
from civic.cases import public, public_squads, public_support
from civic.cases.public import Moved, Tombstone
from civic.reference import county
from civic.web import guard, sealed, vocabulary
from civic.web.throttle import Throttle

COOKIE = "met"
YEAR = 365 * 86_400
TAPS = Throttle(limit=120, window=3600)
"""Supports from one address in an hour: a village behind one address gets through, a script does not."""


@bp.get("/")
@guard.public
def home() -> str:
    front = public.front()
    return render_template(
        "public/home.html", front=front, lead=front.lead, numbers=page.numbers(front.numbers),
        working=page.cards(front.working), solved=page.cards(front.solved), late=page.cards(front.late),
        card=page.card, sketch=page.sketch(), emergency=county.current().emergency)


@bp.get("/cases")
@guard.public
def cases() -> str:
    given = public.read(request.args)
    found, counts, squads = public.listing(given, request.args.get("after", "")), public.facets(given), public.squad_names()
    return render_template(
        "public/cases.html", given=given, found=found, cards=page.cards(found.cards), tabs=page.tabs(given, counts.get("state", {})),
        facets=page.facets(given, counts, squads, request.args.get("more", "")), active=page.active(given, squads),
        kept={name: value for name, value in given.active().items() if name != "q"}, paged=bool(request.args.get("after")))


@bp.get("/cases/<number>")
@guard.public
def case(number: str) -> Any:
    found = public.page(number)
    if isinstance(found, Moved):
        return redirect(url_for("public.case", number=found.number), 302)
    if isinstance(found, Tombstone):
        return render_template("public/gone.html", stone=found), 410
    token = public_support.known(request.cookies.get(COOKIE))
    return render_template(
        "public/case.html", case=found, told=page.told(found), since=page.since(found), hands=page.hands(found),
        orders=[page.order(order) for order in found.orders], watched_words=page.watched, mine=public_support.given(found.number, token),
        sealed=sealed.seal(COOKIE, {"token": token or public_support.new_token()}))


@bp.post("/cases/<number>/support")
@guard.public
def support(number: str) -> Any:
    """One tap adds, another takes back. The cookie is made here and nowhere else.

    The page brings a token in its sealed field: whoever only reads gets no cookie, not even for the form (W3), and two
    taps on one page are one support although the first has not set its cookie yet (R9).
    """
    opened = sealed.unseal(COOKIE, request.form.get(sealed.FIELD))
    elsewhere = request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")
    if elsewhere or (opened.broken and current_app.config.get("WTF_CSRF_ENABLED", True)):
        raise CSRFError()  # the sealed field is no secret of this reader's: another site could have fetched one
    public_support.find(number)
    token = (public_support.known(request.cookies.get(COOKIE)) or public_support.known(opened.state.get("token"))
             or public_support.new_token())
    if request.form.get("back"):
        public_support.remove(number, token)
    elif TAPS.blocked(request.remote_addr):
        return render_template("public/busy.html", number=number), 429
    else:
        TAPS.failed(request.remote_addr)
        public_support.add(number, token)
    answer: Response = make_response(redirect(url_for("public.case", number=number, _anchor="support"), 303))
    answer.set_cookie(COOKIE, token, max_age=YEAR, path="/cases", httponly=True, samesite="Lax",
                      secure=current_app.config["CIVIC"].cookie_secure)
    return answer


@bp.get("/squads")
@guard.public
def squads() -> str:
    return render_template("public/squads.html", squads=public.squads())


@bp.get("/squads/<slug>")
@guard.public
def squad(slug: str) -> str:
    found = public.squad(slug)
    return render_template("public/squad.html", page=found, results=public_squads.results(slug), squad=found.squad, open=page.cards(found.open),
                           ended=page.cards(found.ended))


@bp.get("/departments")
@guard.public
def departments() -> str:
    units = public.departments()
    groups: dict[str, list[public.Unit]] = {}
    for unit in units:
        if unit.cases:
            groups.setdefault(unit.group, []).append(unit)
    return render_template("public/departments.html", groups=groups, quiet=[unit for unit in units if not unit.cases],
                           total=len(units))


@bp.get("/departments/<code>")
@guard.public
def department(code: str) -> str:
    found = public.department(code)
    return render_template("public/department.html", page=found, unit=found.unit, open=page.cards(found.open),
                           ended=page.cards(found.ended))


@bp.get("/about")
@guard.public
def about() -> str:
    return render_template("public/about.html", county=county.current(), stages=vocabulary.STAGES, few=public.FEW)
