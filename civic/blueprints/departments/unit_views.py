"""What a unit keeps for itself on an order and beside it: take marks, notes with files, standard paragraphs, today's list."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from urllib.parse import quote

from flask import Response as Streamed
from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.blueprints.departments import bp, lists, page, unitside
from civic.departments import handover, links, paragraphs, queries, roster, unitfiles, unitnotes
from civic.files import intake
from civic.kit import clock
from civic.kit.result import NotFound
from civic.models import Paragraph, Referral
from civic.reference import lookup
from civic.web import guard
from civic.web.attempt import NONE, Trouble, attempt

Answer = str | Response | tuple[str, int]
LOCKED = "default-src 'none'; sandbox; frame-ancestors 'none'"


def _again(number: str, trouble: Trouble, **typed: str) -> Answer:
    """The order's page with what went wrong and what was typed."""
    found = queries.find(g.actor, number)
    return render_template("departments/order.html", page=page.order(g.actor, found), trouble=trouble,
                           unit=unitside.side(g.actor, found), **typed), trouble.code


def _to(found: Referral, anchor: str = "") -> Response:
    return redirect(url_for("departments.order", number=found.number, _anchor=anchor or None), 303)


# -- who is working on it -----------------------------------------------------------------------------------------------


@bp.post("/orders/<number>/take")
@guard.staff("departments")
def take(number: str) -> Answer:
    """My name on the door, so that a colleague does not answer at the same time."""
    found = queries.find(g.actor, number)
    trouble = attempt(lambda: unitnotes.take(g.actor, found, request.form.get("over", "")[:40]))
    return _again(number, trouble) if trouble else _to(found)


@bp.post("/orders/<number>/put-down")
@guard.staff("departments")
def put_down(number: str) -> Answer:
    found = queries.find(g.actor, number)
    unitnotes.put_down(g.actor, found)
    return _to(found)


# -- notes ------------------------------------------------------------------------------------------------------------


@bp.post("/orders/<number>/notes")
@guard.staff("departments")
def add_note(number: str) -> Answer:
    """A note for colleagues, with photos or a PDF. Neither the desk nor the public sees it."""
    found = queries.find(g.actor, number)
    unitnotes.must_be_unit(g.actor, found)
    text = request.form.get("text", "")
    files, problems = intake.receive_all(request.files.getlist("files"))
    trouble = attempt(lambda: unitnotes.write(g.actor, found, text, files), {"files": " ".join(problems)} if problems else None)
    if trouble:
        return _again(number, trouble, note_text=text)
    flash(_("备注写下了，只有本单位看得到。"), "ok")
    return _to(found, "notes")


@bp.post("/orders/<number>/notes/<uuid:note_id>/remove")
@guard.staff("departments")
def remove_note(number: str, note_id: uuid.UUID) -> Answer:
    found = queries.find(g.actor, number)
    unitnotes.remove(g.actor, found, note_id)
    flash(_("备注删掉了。"), "ok")
    return _to(found, "notes")


@bp.get("/orders/unit-files/<uuid:file_id>/<any(thumb, large, original):size>")
@guard.staff("referrals.read")
def unit_file(file_id: uuid.UUID, size: str) -> Response:
    """A file of a note or a contribution, for whom it is; a picture cleaned, another one as a download."""
    row = unitfiles.find(g.actor, file_id)
    if size == "original":
        opened = unitfiles.original(row)
        response = Streamed(opened.pieces, mimetype=opened.mime)
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(opened.name)}"
        response.headers["Content-Length"] = str(opened.size)
        response.headers["Cache-Control"] = "no-store"
    else:
        data, mime, tag = unitfiles.picture(row, size)
        response = Streamed(data, mimetype=mime)
        response.set_etag(tag)
        response.headers["Cache-Control"] = "private, max-age=300"
        response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = LOCKED
    return response if size == "original" else response.make_conditional(request)


# -- paragraphs -------------------------------------------------------------------------------------------------------


def _paragraph_page(typed: Mapping[str, str], trouble: Trouble, row: Paragraph | None = None) -> Answer:
    units = sorted(g.actor.departments)
    html = render_template("departments/paragraphs.html", rows=paragraphs.listed(units), typed=typed, trouble=trouble, row=row,
                           units=[(code, lookup.department_name(code)) for code in units], name=lookup.department_name,
                           limit=paragraphs.TEXT, fresh=clock.now())
    return (html, trouble.code) if trouble else html


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "")[:5000] for name in ("title", "text", "unit")}


@bp.get("/orders/paragraphs")
@guard.staff("departments")
def paragraph_list() -> Answer:
    """The unit's own reusable texts."""
    return _paragraph_page({}, NONE)


@bp.post("/orders/paragraphs")
@guard.staff("departments")
def paragraph_add() -> Answer:
    typed = _typed()
    unit = typed["unit"] if typed["unit"] in g.actor.departments else next(iter(sorted(g.actor.departments)))
    trouble = attempt(lambda: paragraphs.save(g.actor, unit, typed))
    if trouble:
        return _paragraph_page(typed, trouble)
    flash(_("段落存好了。"), "ok")
    return redirect(url_for("departments.paragraph_list"), 303)


@bp.get("/orders/paragraphs/<uuid:paragraph_id>")
@guard.staff("departments")
def paragraph(paragraph_id: uuid.UUID) -> Answer:
    row = paragraphs.find(g.actor, paragraph_id)
    return _paragraph_page({"title": row.title, "text": row.text, "unit": row.department}, NONE, row)


@bp.post("/orders/paragraphs/<uuid:paragraph_id>")
@guard.staff("departments")
def paragraph_save(paragraph_id: uuid.UUID) -> Answer:
    row, typed = paragraphs.find(g.actor, paragraph_id), _typed()
    trouble = attempt(lambda: paragraphs.save(g.actor, row.department, typed, row))
    if trouble:
        return _paragraph_page(typed, trouble, paragraphs.find(g.actor, paragraph_id))
    flash(_("段落改好了。"), "ok")
    return redirect(url_for("departments.paragraph_list"), 303)


@bp.post("/orders/paragraphs/<uuid:paragraph_id>/remove")
@guard.staff("departments")
def paragraph_remove(paragraph_id: uuid.UUID) -> Answer:
    paragraphs.remove(paragraphs.find(g.actor, paragraph_id))
    flash(_("段落删掉了。"), "ok")
    return redirect(url_for("departments.paragraph_list"), 303)


# -- today ------------------------------------------------------------------------------------------------------------


@bp.get("/orders/digest")
@guard.staff("departments")
def digest() -> Answer:
    """Today's list: overdue, due today, due in two working days, and what waits beside."""
    units = sorted(g.actor.departments)
    if not units:
        raise NotFound()
    now = clock.now()
    found = [queries.digest(code) for code in units]
    return render_template("departments/digest.html", units=[lists.digest(one) for one in found],
                           empty=all(one.empty for one in found), came_in=links.waiting(units), over=handover.waiting(units),
                           duty=[one for code in units for one in roster.on_duty(code, now)], now=now, own=g.actor.user_id)
