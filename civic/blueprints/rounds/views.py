"""The squad's map, which is a list first; and boundaries: look at a file, see what would change, take it or leave it."""

from __future__ import annotations

import math
import uuid
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.access.rules import allowed
from civic.blueprints.rounds import bp
from civic.kit.result import Invalid, NotPossible
from civic.models.areas import AREA_KINDS
from civic.places import imports, rounds, seed
from civic.places.reader import MAX_BYTES
from civic.web import areasketch, guard

Answer = str | Response | tuple[str, int]
ROWS = 300
"""Rows of a preview that are shown one by one; of more it says how many."""
DRAWN = 400


# -- the squad's map ----------------------------------------------------------------------------------------------------


@bp.get("/tasks/map")
@guard.staff("field")
def day() -> str:
    """My open tasks in a good order, from a town's centre."""
    return _day(town=request.args.get("from", "")[:20])


@bp.post("/tasks/map")
@guard.staff("field")
def day_from_here() -> str:
    """The same from where I stand. Posted, so that the place is in no address and no log; it is not kept."""
    return _day(here=_here())


def _here() -> tuple[float, float] | None:
    try:
        lng, lat = float(request.form.get("lng", "")), float(request.form.get("lat", ""))
    except ValueError:
        return None
    return (lng, lat) if math.isfinite(lng) and math.isfinite(lat) and abs(lng) <= 180 and abs(lat) <= 90 else None


def _day(*, town: str = "", here: tuple[float, float] | None = None) -> str:
    found = rounds.day(g.actor, town=town, here=here)
    placed = [stop.point for stop in found.stops if stop.point is not None]
    dots = [(*found.start, "ball", _("起点")), *((*stop.point, "late" if stop.task.late == "overdue" else "gov", stop.task.title)
                                              for stop in found.stops if stop.point is not None)]
    drawing = areasketch.draw([], dots, close=False, line=[found.start, *placed]) if placed else None
    return render_template("rounds/day.html", round=found, drawing=drawing, town=town, towns=rounds.towns(g.actor), nav=_nav(),
                           missed=request.method == "POST" and bool(found.started_at))


def _nav() -> list[dict[str, Any]]:
    """The bar at the foot of the phone."""
    entries = (("squads.tasks", _("任务"), "list", "field"), ("rounds.day", _("地图"), "map", "field"),
               ("squads.squad", _("小队"), "user", "field"))
    return [{"label": label, "url": url_for(name), "icon": icon, "current": name == "rounds.day"}
            for name, label, icon, right in entries if allowed(g.actor, right)]


# -- boundaries ---------------------------------------------------------------------------------------------------------


def datums() -> list[tuple[str, str]]:
    return [("file", _("按文件里写的")), ("cgcs2000", "CGCS2000"), ("wgs84", "WGS-84"), ("gcj02", _("GCJ-02（高德、腾讯）")),
            ("bd09", _("BD-09（百度）"))]


@bp.get("/admin/areas")
@guard.staff("admin")
def areas() -> Answer:
    """The areas there are, the last imports, and the form for a file."""
    return _areas({}, {})


def _areas(errors: dict[str, str], typed: dict[str, str], code: int = 200) -> Answer:
    counts = {kind: len(imports.current(kind)) for kind in AREA_KINDS}
    html = render_template("rounds/areas.html", counts=counts, words=imports.KIND_WORDS, recent=imports.recent(), errors=errors,
                           typed=typed, datums=datums(), kinds=[(kind, _(word)) for kind, word in imports.KIND_WORDS.items()],
                           most=MAX_BYTES // 1_000_000)
    return (html, code) if code != 200 else html


@bp.post("/admin/areas/imports")
@guard.staff("admin")
def look() -> Answer:
    """Reads a file and shows what it would change; nothing is changed."""
    typed = {name: request.form.get(name, "")[:200] for name in ("kind", "datum", "source")}
    file = request.files.get("file")
    raw = file.stream.read(MAX_BYTES + 1) if file else b""
    try:
        if not raw:
            raise Invalid({"file": "请选一个文件。"})
        row = imports.draft(file.filename or "" if file else "", raw, typed["kind"], declared=typed["datum"], source=typed["source"],
                            end_missing=bool(request.form.get("end_missing")), by=g.actor.user_id)
    except Invalid as error:
        return _areas(error.errors, typed, 422)
    return redirect(url_for("rounds.preview", import_id=row.id), 303)


@bp.get("/admin/areas/imports/<uuid:import_id>")
@guard.staff("admin")
def preview(import_id: uuid.UUID) -> Answer:
    """A file's areas on a sketch, and a table of what would change."""
    row = imports.get(import_id)
    if row.state != "draft":
        return render_template("rounds/import.html", row=row, plan=None, words=imports.KIND_WORDS, datums=dict(datums()), names=_what())
    todo = imports.plan(row)
    order = {"added": 0, "changed": 1, "renamed": 2, "ended": 3, "missing": 4, "same": 5}
    changes = sorted(todo.changes, key=lambda change: order[change.what])
    drawing = areasketch.draw([_rings(outline) for outline in todo.outlines[:DRAWN]], width=640)
    return render_template("rounds/import.html", row=row, plan=todo, changes=changes[:ROWS], more=max(0, len(changes) - ROWS),
                           drawing=drawing, words=imports.KIND_WORDS, datums=dict(datums()), names=_what())


def _what() -> dict[str, str]:
    return {"added": _("新增"), "changed": _("改边界"), "renamed": _("改名"), "ended": _("停用"), "missing": _("文件里没有，保留"),
            "same": _("不变")}


def _rings(outline: Any) -> list[list[tuple[float, float]]]:
    return [[(x, y) for x, y in ring.coords] for part in outline.geoms for ring in (part.exterior, *part.interiors)]


@bp.post("/admin/areas/imports/<uuid:import_id>/<any('apply', 'drop'):what>")
@guard.staff("admin")
def decide(import_id: uuid.UUID, what: str) -> Answer:
    """Carries a draft out as a whole, or forgets it."""
    row = imports.get(import_id)
    try:
        if what == "apply":
            imports.apply(row)
            flash(_("边界已生效。案件会在一分钟内重新归入片区，以前的归属留在历史里。"), "ok")
        else:
            imports.drop(row)
            flash(_("这份边界没有用，已丢开。"), "ok")
    except NotPossible as error:
        flash(error.message, "warn")
        return redirect(url_for("rounds.preview", import_id=import_id), 303)
    return redirect(url_for("rounds.areas"), 303)


@bp.post("/admin/areas/grid")
@guard.staff("admin")
def grid() -> Answer:
    """Cuts the county into squares."""
    typed = request.form.get("metres", "").strip()
    try:
        count = seed.grid(int(typed) if typed.isdecimal() and len(typed) < 7 else 0)
    except Invalid as error:
        return _areas(error.errors, {"metres": typed}, 422)
    flash(_("划了 %(n)s 个方格。", n=count), "ok")
    return redirect(url_for("rounds.areas"), 303)


