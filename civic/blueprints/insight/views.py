"""Pages of the figures. Everybody sees those of public cases; staff may ask for those of all they are allowed to see."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from typing import Any

from flask import Response, current_app, g, render_template, request, url_for
from flask_babel import gettext as _

from civic.blueprints.insight import bp, charts, page, pictures, sheets
from civic.blueprints.insight.page import Look
from civic.insight import figures, pdf, queries, report, tables
from civic.insight.counts import COUNTS
from civic.insight.queries import Only
from civic.insight.rows import FEW, PEERS
from civic.insight.stats import MIN_SAMPLE
from civic.kit.result import NotFound
from civic.kit.text import clean
from civic.reference import lookup
from civic.web import guard, vocabulary
from civic.web.throttle import Throttle

KIND = "<any(departments, towns, categories, months):kind>"
UNIT = "<any(departments, towns):kind>/<code>"
PAPERS = Throttle(limit=40, window=3600)
"""Reports as PDF from one address in an hour: each costs a second of the machine."""
_press = threading.Semaphore(1)


def _look() -> Look:
    given = request.args
    return Look(queries.scope_of(g.actor, given.get("scope", "")), queries.period(given.get("p", "")[:10]),
                given.get("by", "")[:40])


def _only(kind: str, code: str) -> Only:
    known = lookup.snapshot().departments if kind == "departments" else lookup.snapshot().towns
    if known.latest(code[:40]) is None:
        raise NotFound()
    return Only(**{tables.KINDS[kind]: code})


def _common(now: str, look: Look, endpoint: str, **values: str) -> dict[str, Any]:
    return {"look": look, "tabs": page.tabs(now, look), "periods": page.periods(look, endpoint, **values),
            "scopes": page.scopes(look, endpoint, **values), "sources": page.sources(), "fresh": tables.fresh(), "few": FEW, "least": MIN_SAMPLE}


# -- pages ------------------------------------------------------------------------------------------------------------


@bp.get("/figures")
@guard.public
def overview() -> Any:
    look = _look()
    if request.args.get("format") == "svg":
        return _svg("lines", charts.lines(_("全县"), tables.months(look.seen, look.when), _narrow()))
    row, months = tables.one(look.seen, look.when), tables.months(look.seen, look.when)
    if request.args.get("format") == "json":
        return pictures.months(_("全县"), months)
    return render_template(
        "insight/overview.html", row=row, groups=page.groups(row, look, Only()), left_out=page.excluded(row, look, Only()),
        withheld=tables.withheld(row, look.seen), months=page.lines("months", months, look),
        heads=_heads("months"), drawn=charts.worth(months), papers=report.months(), **_common("overview", look, "insight.overview"))


@bp.get(f"/figures/{KIND}")
@guard.public
def table(kind: str) -> Any:
    look = _look()
    found = tables.table(kind, look.seen, look.when, look.by)
    wanted = request.args.get("format", "")
    if wanted in ("csv", "xlsx"):
        return sheets.answer(sheets.sheet(found, look), wanted)
    if wanted in ("svg", "json"):
        return _chart(kind, found, wanted)
    look = replace(look, by=found.by.code)
    shown = [(group.name, page.lines(kind, group.rows, look), charts.compares(group.rows, found.by.code))
             for group in found.groups]
    return render_template(
        "insight/table.html", kind=kind, name=_(page.NAMES[kind]), groups=shown, heads=_heads(kind), by=found.by,
        drawn=charts.worth([row for row in found.rows if not row.merged]) if kind == "months" else True,
        total=page.lines(kind, [found.total], look)[0], chosen=page.chosen(found, look),
        left_out=page.excluded(found.total, look, Only()), peers=sorted(set(PEERS.values())),
        **_common(kind, look, "insight.table", kind=kind))


def _chart(kind: str, found: tables.Table, form: str) -> Response:
    wanted = request.args.get("group", "")
    if kind == "months":
        shown = [row for row in found.rows if not row.merged]
        return pictures.months(_("各月"), shown) if form == "json" else _svg("lines", charts.lines(_("各月"), shown, _narrow()))
    picked = [row for group in found.groups if group.name == wanted for row in group.rows if not row.merged]
    title = f"{_(found.by.name)} · {wanted or _(page.NAMES[kind])}"
    if form == "json":
        return pictures.bars(title, picked[:40], found.by.code)
    return _svg("bars", charts.bars(title, picked[:40], found.by.code, _narrow()))


@bp.get(f"/figures/{UNIT}")
@guard.public
def one(kind: str, code: str) -> Any:
    look, only = _look(), _only(kind, code)
    months = tables.months(look.seen, look.when, only)
    if request.args.get("format") == "svg":
        return _svg("lines", charts.lines(tables.name_of(tables.KINDS[kind], code), months, _narrow()))
    if request.args.get("format") == "json":
        return pictures.months(tables.name_of(tables.KINDS[kind], code), months)
    row = tables.one(look.seen, look.when, only)
    return render_template(
        "insight/one.html", kind=kind, row=row, groups=page.groups(row, look, only), left_out=page.excluded(row, look, only),
        withheld=tables.withheld(row, look.seen), months=[_month_line(line, kind, code) for line in page.lines(
            "months", months, look)], heads=_heads("months"), drawn=charts.worth(months), papers=report.months(), name_all=_(page.NAMES[kind]),
        **_common(kind, look, "insight.one", kind=kind, code=code))


def _month_line(line: page.Line, kind: str, code: str) -> page.Line:
    """The month of one unit: its cases are those of the unit, so the general lists behind a month do not fit."""
    cells = [replace(cell, parts=[replace(part, url="") for part in cell.parts]) for cell in line.cells]
    url = url_for("insight.paper", kind=kind, code=code, month=line.label)
    return replace(line, url=url, cells=cells, size=replace(line.size, url=""))


@bp.get("/figures/list")
@guard.public
def behind() -> Any:
    """The orders or cases behind a number."""
    look, given = _look(), request.args
    count = COUNTS.get(given.get("count", ""))
    if count is None or not queries.may_open(count, look.seen):
        raise NotFound()
    only = Only(*(clean(given.get(name, ""))[:40] for name in ("department", "town", "category")))
    if given.get("format") in ("csv", "xlsx"):
        return sheets.answer(sheets.behind(count, look, only), given["format"])
    found = queries.behind(count, look.seen, look.when, only, given.get("after", ""))
    where = [name for name in (lookup.department_name(only.department), lookup.town_name(only.town),
                               lookup.category_name(only.category), page.period_name(look.when)) if name]
    return render_template("insight/list.html", count=count, found=found, where=where, inside=not look.seen.public,
                           open_case=_open_case, department=lookup.department_name, town=lookup.town_name,
                           category=lookup.category_name, orders=count.of != "case",
                           **_common("", look, "insight.overview"))


def _open_case(row: queries.Behind) -> str:
    """Where a case is opened: outside its public page, inside the page of whoever looks."""
    if _look().seen.public:
        return url_for("public.case", number=row.case)
    if guard.allowed(g.actor, "cases.read"):
        return url_for("desk.case", number=row.case)
    return url_for("departments.order", number=row.order) if row.order else ""


@bp.get("/figures/about")
@guard.public
def about() -> str:
    """Every definition, from the row that computes."""
    groups: dict[str, list[figures.Figure]] = {}
    for figure in figures.FIGURES.values():
        groups.setdefault(figure.group, []).append(figure)
    return render_template("insight/about.html", groups=groups, weights=tables.weights(),
                           few=FEW, least=MIN_SAMPLE, tabs=page.tabs("about", _look()), fresh=tables.fresh())


# -- reports ----------------------------------------------------------------------------------------------------------


@bp.get(f"/figures/{UNIT}/report/<month>")
@guard.public
def paper(kind: str, code: str, month: str) -> Any:
    """The month of a unit or town on paper 民情报告; always what the public may know."""
    return _paper(kind, code, month)


@bp.get("/figures/report/<month>")
@guard.public
def county_paper(month: str) -> Any:
    """The month of the whole county on paper."""
    return _paper("", "", month)


@bp.get("/figures/report/<month>.pdf")
@guard.public
def county_paper_pdf(month: str) -> Any:
    return _pressed("", "", month)


@bp.get(f"/figures/{UNIT}/report/<month>.pdf")
@guard.public
def paper_pdf(kind: str, code: str, month: str) -> Any:
    return _pressed(kind, code, month)


def _pressed(kind: str, code: str, month: str) -> Any:
    """The paper as PDF: one at a time, and not too many for one address."""
    if PAPERS.blocked(request.remote_addr):
        return render_template("insight/busy.html"), 429
    PAPERS.failed(request.remote_addr)
    html = _paper(kind, code, month, pdf=True)
    with _press:
        body = pdf.render(html, current_app.static_folder or "", current_app.config["CIVIC"].base_url)
    response = Response(body, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="report-{code or "county"}-{month}.pdf"'
    return response


def _paper(kind: str, code: str, month: str, *, pdf: bool = False) -> str:
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", month):
        raise NotFound()
    only = _only(kind, code) if kind else Only()
    found = report.make(tables.KINDS.get(kind, ""), code, only, month)
    there: dict[str, Any] = {"kind": kind, "code": code} if kind else {}
    look = Look(found.seen, queries.period(month))
    before = {cell.figure.code: cell for cell in found.before.cells.values()}
    return render_template(
        "insight/paper_pdf.html" if pdf else "insight/paper.html", report=found, kind=kind, few=FEW, least=MIN_SAMPLE,
        groups=[(name, [(cell, page.value_of(before[code]) if code in before else "—") for code, cell in cells])
                for name, cells in _by_group(found, look, only)],
        chart=charts.lines(_("近 12 个月"), found.months, False) if charts.worth(found.months) else None,
        left_out=page.excluded(found.row, look, only), words=vocabulary, town=lookup.town_name,
        category=lookup.category_name, unit=None if only.department else lookup.department_name,
        back_url=url_for("insight.one" if kind else "insight.overview", **there),
        pdf_url=url_for("insight.paper_pdf" if kind else "insight.county_paper_pdf", month=month, **there))


def _by_group(found: report.Report, look: Look, only: Only) -> list[tuple[str, list[tuple[str, page.Shown]]]]:
    kept: dict[str, list[tuple[str, page.Shown]]] = {}
    for code, cell in found.row.cells.items():
        kept.setdefault(_(cell.figure.group), []).append((code, page.shown(cell, found.row, look, only)))
    return list(kept.items())


# -- small things -----------------------------------------------------------------------------------------------------


def _narrow() -> bool:
    return request.args.get("narrow") == "1"


def _heads(kind: str) -> list[str]:
    return [_(figures.FIGURES[code].name) for code in page.COLUMNS[kind]]


def _svg(kind: str, chart: Any) -> Response:
    response = Response(render_template(f"insight/{kind}.svg", chart=chart, alone=True), mimetype="image/svg+xml")
    response.headers["Content-Disposition"] = f'{"attachment" if request.args.get("download") else "inline"}; filename="chart.svg"'
    return response
