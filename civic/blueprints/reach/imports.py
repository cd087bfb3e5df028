"""Bringing a table of figures in: paste or file → mapping and preview → written as a whole or not at all."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from civic.blueprints.reach import bp, page, sheets
from civic.blueprints.reach.views import Answer
from civic.insight import reach_import
from civic.insight.reach import FIELDS
from civic.kit.result import Invalid, NotPossible
from civic.kit.text import clean
from civic.models import ReachImport
from civic.web import guard
from civic.web.attempt import NONE, Trouble, attempt

SHOWN = 200
"""Rows of a preview on the page, those with errors first; every row is judged."""
WORDS = {"new": "新记", "changed": "改数", "known": "已有", "error": "出错"}


@bp.get("/reach/import")
@guard.staff("reach")
def importing() -> Answer:
    """The form: channel, then paste or choose a file; and what was brought in before."""
    if page.wants("template"):
        return sheets.template(request.args.get("channel", "")[:40])
    return _start()


def _start(trouble: Trouble = NONE) -> Answer:
    html = render_template("reach/import.html", channels=reach_import.channels(g.actor), trouble=trouble, given=request.form,
                           recent=reach_import.recent(g.actor), **page.common("reach.importing"))
    return (html, trouble.code) if trouble else html


@bp.post("/reach/import")
@guard.staff("reach")
def begin() -> Answer:
    """Reads the table and keeps it for the preview; nothing of it counts yet."""
    file, text = request.files.get("file"), request.form.get("text", "")
    made: list[ReachImport] = []

    def read() -> None:
        if not (file is not None and file.filename) and not text.strip():
            raise Invalid({"text": _("请粘贴表格，或者选一个文件。")})
        table, _text = sheets.table_of(text, file)
        named = file is not None and bool(file.filename)
        name = clean(file.filename or "")[:120] if file is not None and named else _("粘贴的表格")
        made.append(reach_import.begin(g.actor, request.form.get("channel", ""), name, "file" if named else "pasted", table))
    trouble = attempt(read)
    if trouble:
        return _start(trouble)
    return redirect(url_for("reach.imported", import_id=made[0].id), 303)


@bp.get("/reach/import/<uuid:import_id>")
@guard.staff("reach")
def imported(import_id: uuid.UUID) -> Answer:
    """The preview, or what became of it."""
    return _preview(reach_import.find(g.actor, import_id))


def _preview(row: ReachImport, trouble: Trouble = NONE) -> Answer:
    more: dict[str, Any] = {}
    if row.state == "preview":
        found = reach_import.preview(g.actor, row)
        order = {"error": 0, "changed": 1, "new": 2, "known": 3}
        lines = sorted(found.lines, key=lambda line: (order[line.result], line.number))
        columns = {name: request.form.get(f"col_{name}", "") for name in reach_import.COLUMNS} if trouble.errors else row.columns
        more = {"found": found, "lines": lines[:SHOWN], "left": max(len(lines) - SHOWN, 0), "columns": columns,
                "used": reach_import.used(found.lines), "fixed": row.columns.get("=counted_on", "")}
    html = render_template("reach/preview.html", row=row, trouble=trouble, header=row.rows[0], our=reach_import.COLUMNS, words=WORDS,
                           names=FIELDS, **more, **page.common("reach.importing"))
    return (html, trouble.code) if trouble else html


@bp.post("/reach/import/<uuid:import_id>/columns")
@guard.staff("reach")
def columns(import_id: uuid.UUID) -> Answer:
    """Says which column is what, and reads the rows again."""
    row = reach_import.find(g.actor, import_id)
    picked = {name: request.form.get(f"col_{name}", "") for name in reach_import.COLUMNS}
    trouble = attempt(lambda: reach_import.choose(row, picked, clean(request.form.get("counted_on", ""))[:40]))
    if trouble:
        return _preview(reach_import.find(g.actor, import_id), trouble)
    return redirect(url_for("reach.imported", import_id=row.id), 303)


@bp.post("/reach/import/<uuid:import_id>/write")
@guard.staff("reach")
def write(import_id: uuid.UUID) -> Answer:
    """Writes all rows, or none; rows with errors are left out only when the person says so."""
    row = reach_import.find(g.actor, import_id)
    if row.state == "done":  # the second tap of two
        return redirect(url_for("reach.imported", import_id=row.id), 303)
    done: list[reach_import.Done] = []
    trouble = attempt(lambda: done.append(reach_import.write(g.actor, row, without_errors=request.form.get("skip") == "y")))
    if trouble:
        return _preview(reach_import.find(g.actor, import_id), trouble)
    flash(_("新记 %(new)s 条，改数 %(changed)s 条，%(known)s 条原来就有。", new=done[0].new, changed=done[0].changed, known=done[0].known), "ok")
    if done[0].left:
        flash(_("出错的 %(n)s 行没有写进去。", n=done[0].left), "warn")
    return redirect(url_for("reach.imported", import_id=import_id), 303)


@bp.post("/reach/import/<uuid:import_id>/drop")
@guard.staff("reach")
def drop(import_id: uuid.UUID) -> Answer:
    """Throws the table away; nothing of it was ever counted."""
    row = reach_import.find(g.actor, import_id)
    trouble = attempt(lambda: reach_import.drop(row))
    if trouble:
        raise NotPossible(trouble.reasons)
    flash(_("已放弃，什么都没有写进去。"), "ok")
    return redirect(url_for("reach.importing"), 303)
