"""What units owe the public: the ledger of the unsolved 销号台账, the promise ledger 承诺台账, and what keeps coming back 顽疾."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask import url_for as address
from flask_babel import gettext as _

from civic.blueprints.public import bp, page
from civic.cases import public_ledger, public_promises, public_stubborn
from civic.cases.public_ledger import Asked, Ledger
from civic.cases.public_promises import Book
from civic.reference import lookup
from civic.web import guard
from civic.web.templating import here

ONLY_WORDS = {"": "全部未销号", "news": "上过报道的", "broken": "承诺未兑现", "late": "超期的", "stubborn": "反复出现的（顽疾）",
              "closed": "结了案、没有解决"}
PROMISE_WORDS = {"": "全部承诺", "running": "进行中", "broken": "未兑现", "kept": "已兑现", "settled": "了结（写明理由）"}
FACET = 12


def url_for(endpoint: str, **args: Any) -> str:
    """An address; the arguments are those of the page, never Flask's own."""
    return address(endpoint, **args)


@bp.get("/ledger")
@guard.public
def ledger() -> str:
    """Everything exposed stays here until somebody outside the unit has seen it solved."""
    given = public_ledger.asked(request.args)
    found = public_ledger.page(given, request.args.get("after", ""))
    return render_template("public/ledger.html", found=found, lines=_lines(found), tabs=_only(found), facets=_facets(found),
                           active=_active(given), paged=bool(request.args.get("after")))


@bp.get("/ledger/print")
@guard.public
def ledger_print() -> str:
    """The same on paper, up to four hundred lines."""
    given = public_ledger.asked(request.args)
    found = public_ledger.page(given, size=public_ledger.PAPER)
    return render_template("public/ledger_print.html", found=found, lines=_lines(found), active=_active(given),
                           back_url=url_for("public.ledger", **given.args()))


def _lines(found: Ledger) -> list[dict[str, Any]]:
    return [{"card": page.card(line.card), "days": line.days, "promise": line.promise, "answer": line.answer, "urges": line.urges}
            for line in found.lines]


def _only(found: Ledger) -> list[dict[str, Any]]:
    rest = {name: value for name, value in found.asked.args().items() if name != "only"}
    return [{"label": word, "url": url_for("public.ledger", **({"only": name} if name else {}), **rest),
             "count": found.counts.get(name, 0), "current": found.asked.only == name} for name, word in ONLY_WORDS.items()]


def _facets(found: Ledger) -> list[dict[str, Any]]:
    def group(label: str, name: str, rows: Any) -> dict[str, Any]:
        rest = {key: value for key, value in found.asked.args().items() if key != name}
        chosen = getattr(found.asked, name)
        return {"label": label, "options": [
            {"label": word, "count": n, "current": code == chosen,
             "url": url_for("public.ledger", **rest) if code == chosen else url_for("public.ledger", **{name: code}, **rest)}
            for code, word, n in rows[:FACET]]}
    return [group(_("镇街"), "town", found.towns), group(_("承办单位"), "department", found.units)]


def _active(given: Asked) -> list[dict[str, Any]]:
    words = {"town": lookup.town_name, "department": lookup.department_name, "only": ONLY_WORDS.__getitem__,
             "category": lambda value: lookup.category_name(value) or value}
    return [{"label": words[name](value), "url": url_for("public.ledger", **{
        key: kept for key, kept in given.args().items() if key != name})} for name, value in given.args().items()]


@bp.get("/promises")
@guard.public
def promises() -> str:
    """Who promised what by when, and whether it was kept."""
    args = {name: request.args.get(name, "")[:20] for name in ("state", "department")}
    found = public_promises.book(args["state"], args["department"], request.args.get("after", "")[:80])
    return render_template("public/promises.html", found=found, tabs=_states(found, args), units=_units(found, args),
                           state=args["state"], unit=lookup.department_name(args["department"]) if args["department"] else "",
                           next_url=here(after=found.next_key) if found.next_key else "",
                           first_url=here(after=None) if request.args.get("after") else "")


def _states(found: Book, args: dict[str, str]) -> list[dict[str, Any]]:
    rest = {"department": args["department"]} if args["department"] else {}
    return [{"label": word, "count": found.counts.get(name, 0) if name else sum(found.counts.values()),
             "url": url_for("public.promises", **({"state": name} if name else {}), **rest), "current": args["state"] == name}
            for name, word in PROMISE_WORDS.items()]


def _units(found: Book, args: dict[str, str]) -> list[dict[str, Any]]:
    rest = {"state": args["state"]} if args["state"] else {}
    return [{"name": name, "kept": kept, "broken": broken, "running": running, "current": code == args["department"],
             "url": url_for("public.promises", **rest) if code == args["department"] else url_for(
                 "public.promises", department=code, **rest)} for code, name, kept, broken, running in found.units]


@bp.get("/stubborn")
@guard.public
def stubborn() -> str:
    """Problems that came back three times within ninety days, with their public cases and the causes named (R42)."""
    found = public_stubborn.listing(request.args.get("after", "")[:80])
    return render_template("public/stubborn.html", found=found, next_url=here(after=found.next_key) if found.next_key else "")
