"""A unit's own orders to take away: table, paper, or a bundle made by the queue. Every time is written down."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from urllib.parse import quote

from flask import Response as Streamed
from flask import current_app, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.blueprints.departments import bp
from civic.departments import papers, takeout
from civic.insight import export
from civic.insight.export import Sheet
from civic.kit import clock
from civic.kit.result import Invalid
from civic.models import OrderExport
from civic.reference import lookup
from civic.web import guard
from civic.web.attempt import NONE, Trouble, attempt
from civic.web.said import said
from civic.web.sheets import XLSX

Answer = str | Response | tuple[str, int]
FIELDS = ("unit", "state", "duty", "category", "first", "last", "words")
KINDS = ("csv", "xlsx", "print", "zip")


def _given() -> dict[str, str]:
    return {name: request.values.get(name, "").strip()[:80] for name in FIELDS}


def _page(given: Mapping[str, str], trouble: Trouble, picked: frozenset[str] = frozenset()) -> Answer:
    wanted, errors = takeout.read(g.actor, given)
    rows = [{"number": row.number, "title": takeout.headline(row.brief), "unit": lookup.department_name(row.department),
             "state": row.state, "due": row.due_at, "sent": row.sent_at, "picked": row.number in picked}
            for row in takeout.some(g.actor, wanted)]
    trouble = trouble or (Trouble(200, errors=errors) if errors else NONE)
    html = render_template(
        "departments/export.html", given=given, rows=rows, total=takeout.count(g.actor, wanted), trouble=trouble, fresh=clock.now(),
        states=takeout.STATES, duties=takeout.KINDS, categories=[(group, [(row.code, row.name) for row in found])
                                                               for group, found in lookup.category_tree().items()],
        units=[(code, lookup.department_name(code)) for code in sorted(g.actor.departments)], sheets=takeout.MOST_SHEETS,
        bundled=takeout.MOST_BUNDLED, most=takeout.MOST_ROWS, latest=takeout.latest(g.actor), own=g.actor.user_id)
    return (html, trouble.code) if trouble else html


@bp.get("/orders/export")
@guard.staff("departments")
def export_page() -> Answer:
    """Filters, what fits, and the ways to take it away."""
    return _page(_given(), NONE)


@bp.post("/orders/export")
@guard.staff("departments")
def export_do() -> Answer:
    """Takes it away. A POST, for each export leaves a row of who took what."""
    given, numbers = _given(), request.form.getlist("n")
    kind = request.form.get("kind", "")
    made: list[OrderExport] = []
    wanted, errors = takeout.read(g.actor, given, numbers)

    def verb() -> None:
        if errors or kind not in KINDS:
            raise Invalid(errors or {"words": _("请选要哪一种。")})
        if kind == "zip":
            made.append(takeout.bundle(g.actor, wanted))
            return
        total = takeout.count(g.actor, wanted)
        if kind == "print" and total > takeout.MOST_SHEETS:
            raise Invalid({"words": _("一次最多打印 %(n)s 张：在下面勾选，或者缩小条件；更多的请打包。", n=takeout.MOST_SHEETS)})
        made.append(takeout.note(g.actor, kind, wanted, min(total, takeout.MOST_ROWS)))
    trouble = attempt(verb)
    if trouble:
        return _page(given, trouble, frozenset(numbers))
    if kind == "zip":
        return redirect(url_for("departments.export_show", export_id=made[0].id), 303)
    if kind == "print":
        return _sheets(wanted)
    return _table(wanted, kind)


def _table(wanted: takeout.Wanted, kind: str) -> Response:
    when = clock.local(clock.now())
    # drawn here and not while it is sent: the rows need the session of this request
    sheet = Sheet(f"orders-{when:%Y%m%d-%H%M}", [str(said(head)) for head in takeout.HEADS], list(takeout.table(g.actor, wanted)),
                  [_("截至 %(when)s", when=f"{when:%Y-%m-%d %H:%M}"), _("只含本单位的转办单，不含反映人信息。")])
    body = export.csv_lines(sheet) if kind == "csv" else export.chunks(export.xlsx_file(sheet))
    response = Streamed(body, mimetype="text/csv" if kind == "csv" else XLSX)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(sheet.name)}.{kind}"
    return response


def _base() -> str:
    return str(current_app.config["CIVIC"].base_url)


def _sheets(wanted: takeout.Wanted) -> Answer:
    chosen = takeout.numbers(g.actor, wanted, takeout.MOST_SHEETS)
    return render_template("departments/print.html", papers=papers.of_numbers(g.actor, chosen, _base()),
                           back_url=url_for("departments.export_page"))


@bp.get("/orders/export/<uuid:export_id>")
@guard.staff("departments")
def export_show(export_id: uuid.UUID) -> Answer:
    """How far a bundle is; the page asks again by itself until it is there."""
    row = takeout.find(g.actor, export_id)
    return render_template("departments/bundle.html", row=row, share=round(100 * row.done / row.total) if row.total else 100)


@bp.get("/orders/export/<uuid:export_id>/file")
@guard.staff("departments")
def export_file(export_id: uuid.UUID) -> Response:
    row = takeout.find(g.actor, export_id)
    path = takeout.opened(row, current_app.config["CIVIC"].var_dir)
    response = Streamed(export.chunks(path.open("rb")), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="orders-{clock.local(row.created_at):%Y%m%d-%H%M}.zip"'
    response.headers["Content-Length"] = str(path.stat().st_size)
    return response
