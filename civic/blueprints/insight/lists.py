"""The red list and the list «to improve»: what everybody sees, what a unit may object to, what the chief decides."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.blueprints.insight import bp, page
from civic.insight import listings, queries
from civic.insight.listing_moves import KINDS, REASONS, STATES, WORDS
from civic.insight.listings import MOST_OVERDUE, REMINDED
from civic.insight.lists import LEAST_CASES
from civic.kit.result import NotFound
from civic.kit.text import clean
from civic.models import ListEntry
from civic.reference import lookup
from civic.web import guard
from civic.web.attempt import NONE, Trouble, attempt

Answer = str | Response | tuple[str, int]
LIMIT = 4000


def _look() -> page.Look:
    return page.Look(queries.scope_of(g.actor), queries.period(""))


def _common() -> dict[str, Any]:
    return {"tabs": page.tabs("lists", _look()), "kinds": KINDS, "reasons": REASONS, "states": STATES,
            "department": lookup.department_name, "reminded": REMINDED, "most": MOST_OVERDUE, "least": LEAST_CASES}


@bp.get("/lists")
@guard.public
def lists() -> str:
    """What is shown now, what was shown before, and for staff what waits."""
    return _lists()


def _lists(errors: Mapping[str, str] | None = None, given: Mapping[str, str] | None = None) -> str:
    found = listings.shown()
    return render_template(
        "insight/lists.html", current=[one for one in found if one.state == "published"],
        earlier=[one for one in found if one.state != "published"], waiting=listings.waiting(g.actor), errors=errors or {},
        given=given or {}, may_find=guard.allowed(g.actor, "lists.findings"),
        units=[("", "—"), *((row.code, row.short) for row in lookup.departments())], **_common())


@bp.get("/lists/<uuid:entry_id>")
@guard.public
def list_entry(entry_id: uuid.UUID) -> str:
    return _entry(listings.load(g.actor, entry_id))


def _entry(entry: ListEntry, command: str = "", trouble: Trouble = NONE) -> str:
    inside = g.actor.kind == "user" and bool(g.actor.grants & {"duty", "chief", "supervisor"})
    mine = inside or entry.department in g.actor.departments
    count, when, only = listings.behind_red(entry)
    return render_template(
        "insight/list_entry.html", entry=entry, moves=listings.moves(g.actor, entry), command=command, trouble=trouble,
        proof=listings.proof(entry, mine), hidden=len(entry.evidence) - len(listings.proof(entry, mine)), mine=mine, inside=inside,
        history=listings.history(entry) if mine else [], words=WORDS, given=request.form,
        behind=url_for("insight.behind", count=count, p=when.code, department=only.department, scope="mine" if inside else None),
        unit_url=url_for("insight.one", kind="departments", code=entry.department, p=entry.period), **_common())


@bp.post("/lists/<uuid:entry_id>/<command>")
@guard.staff("moves")
def list_act(entry_id: uuid.UUID, command: str) -> Answer:
    """One move; what is refused comes back on the page with everything typed."""
    entry = listings.load(g.actor, entry_id)
    if command not in WORDS:
        raise NotFound()
    data = {name: clean(request.form.get(name, "")[:LIMIT]) for name in ("text", "reason")}
    seen = request.form.get("seen", "")
    trouble = attempt(lambda: listings.act(g.actor, entry, command, data, int(seen) if seen.isdecimal() and len(seen) < 19 else None))
    if trouble:
        return _entry(listings.load(g.actor, entry_id), command, trouble), trouble.code
    flash(_("已%(what)s。", what=_(WORDS[command])), "ok")
    return redirect(url_for("insight.list_entry", entry_id=entry_id))


@bp.post("/lists/findings")
@guard.staff("lists.findings")
def list_finding() -> Answer:
    """The chief editor records that a unit gave an identity away; it counts in the list of this month."""
    given = {name: clean(request.form.get(name, "")[:LIMIT]) for name in ("department", "case", "text")}
    case = listings.case_of(given["case"])
    errors = {}
    if lookup.department(given["department"]) is None:
        errors["department"] = _("请选单位。")
    if given["case"] and case is None:
        errors["case"] = _("没有这个案件号。")
    if not 4 <= len(given["text"]) <= 500:
        errors["text"] = _("写清楚查实了什么，4 到 500 字。")
    if errors:
        return _lists(errors, given), 422
    listings.find_leak(g.actor, given["department"], case, given["text"])
    flash(_("已记下。下次算榜单时计入。"), "ok")
    return redirect(url_for("insight.lists"))


