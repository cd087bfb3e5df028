"""Cases: the list with its filters and the page of one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import g, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.access.rules import allowed
from civic.blueprints.desk import bp, casepage
from civic.cases import operations, queries, revisits
from civic.cases import page as pages
from civic.departments import conference, external
from civic.reference import lookup
from civic.tips import aftermath, calls, twins
from civic.web import guard, nonce, vocabulary

Answer = str | Response | tuple[str, int]
SHOWN = 8
"""Options of a facet shown at once; the rest behind «更多»."""


def _address(filters: queries.Filters, **changes: str) -> str:
    known = {"stage": filters.stage, "town": filters.town, "group": filters.group, "category": filters.category,
             "grade": filters.grade, "exposure": filters.exposure, "late": "1" if filters.late else "",
             "q": filters.words}
    query = urlencode({name: value for name, value in {**known, **changes}.items() if value})
    return f"/desk/cases?{query}" if query else "/desk/cases"


LABELS = {"stage": "阶段", "town": "镇街", "group": "类别", "grade": "等级", "exposure": "公开"}


def _word(name: str, value: str) -> str:
    if name == "town":
        return lookup.town_name(value) or _("没有写")
    return value if name == "group" else vocabulary.term(name, value).word


def _groups(filters: queries.Filters, found: queries.CaseList) -> list[dict[str, Any]]:
    """The facets as `macros/filters.html` takes them; each option an address."""
    groups = []
    for name in queries.FACETS:
        chosen = getattr(filters, name)
        counts = [(value, count) for value, count in found.facets[name].items() if (count and value) or value == chosen]
        if name == "stage":
            order = [value for value, _word_ in vocabulary.words("stage")]
            counts.sort(key=lambda pair: order.index(pair[0]))
        elif name in ("grade", "exposure"):
            counts.sort()
        else:
            counts.sort(key=lambda pair: -pair[1])
        groups.append({"label": _(LABELS[name]), "options": [
            {"label": _word(name, value), "url": _address(filters, **{name: "" if value == chosen else value}),
             "count": count, "current": value == chosen,
             "chip": ("stage", value) if name == "stage" else None} for value, count in counts if value]})
    return groups


def _active(filters: queries.Filters) -> list[dict[str, str]]:
    found = [{"label": _word(name, getattr(filters, name)), "url": _address(filters, **{name: ""})}
             for name in queries.FACETS if getattr(filters, name)]
    if filters.category:
        found.append({"label": lookup.category_name(filters.category), "url": _address(filters, category="")})
    if filters.late:
        found.append({"label": _("超期"), "url": _address(filters, late="")})
    if filters.words:
        found.append({"label": f"“{filters.words}”", "url": _address(filters, q="")})
    return found


@bp.get("/desk/cases")
@guard.staff("cases.read")
def cases() -> Answer:
    """All cases this person may see."""
    filters = queries.Filters.read(request.args)
    found = queries.listing(g.actor, filters)
    return render_template(
        "desk/cases.html", found=found, filters=filters, groups=_groups(filters, found), active=_active(filters),
        next_url=_address(filters, after=found.next_key) if found.next_key else "",
        first_url=_address(filters) if filters.after else "", late_url=_address(filters, late="1"),
        may_open=allowed(g.actor, "cases.open"), may_theme=allowed(g.actor, "themes"))


@bp.get("/desk/cases/<number>")
@guard.staff("cases.read")
def case(number: str) -> Answer:
    """Everything on one case. A merged one leads to the case that goes on; `?stay=1` shows it all the same."""
    row = operations.find(g.actor, number)
    page = pages.page(g.actor, row)
    if row.state == "merged" and page.merged_into and request.args.get("stay") != "1":
        return redirect(f"/desk/cases/{page.merged_into}?from={row.number}", 302)
    return render_template("desk/case.html", p=page, case=row, v=casepage.view(g.actor, page),
                           twins=twins.of(g.actor, row) if row.state == "open" else (),
                           after=aftermath.of(row), word_of=calls.WORDS, kinds=revisits.KINDS,
                           conferences=conference.of_case(row.id), external=external.running(row),
                           came_from=request.args.get("from", "")[:40], nonce=nonce.fresh())
