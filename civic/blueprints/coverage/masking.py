"""Drawing boxes over faces, plates and house numbers: by hand, by keyboard, or by numbers without any script."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.blueprints.coverage import bp
from civic.cases import media
from civic.kit.result import NotFound
from civic.models import Media
from civic.newsroom import masking
from civic.web import guard, nonce
from civic.web.attempt import NONE, Trouble, attempt

Answer = str | Response | tuple[str, int]
EMPTY_ROWS = 4
_OURS = re.compile(r"/(?:stories|tasks|desk|files)/[\w/#.?=&%-]{0,300}")
_ROW = re.compile(r"box-(\d{1,2})-(x|y|w|h|kind)")


def _photo(media_id: uuid.UUID) -> Media:
    row = media.find(g.actor, media_id)
    if not row.derived:
        raise NotFound()
    return row


def _rows(form: Mapping[str, str]) -> list[dict[str, str]]:
    """The boxes of the form in the order of their numbers."""
    found: dict[int, dict[str, str]] = {}
    for name, value in form.items():
        if match := _ROW.fullmatch(name):
            found.setdefault(int(match[1]), {})[match[2]] = value.strip()[:12]
    return [row for _, row in sorted(found.items())]


def _drawn(rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    """What of the typed boxes can be drawn over the photo, for looking before covering."""
    found = []
    for number, row in enumerate(rows, 1):
        try:
            found.append({"no": number, **masking.parse([row])[0]})
        except (masking.Invalid, IndexError):
            continue
    return found


def _page(row: Media, rows: list[dict[str, str]], trouble: Trouble = NONE, *, picture: str = "", anew: bool = False) -> Answer:
    """The photo with what is drawn on it; `picture` is the opened original when it is drawn anew."""
    done, covered = masking.history(row)
    wanted = [line for line in rows if any(line.get(name) for name in ("x", "y", "w", "h"))]
    blank = {"x": "", "y": "", "w": "", "h": "", "kind": "face"}
    response = make_response(render_template(
        "coverage/mask.html", media=row, rows=wanted + [dict(blank) for _ in range(EMPTY_ROWS)], drawn=_drawn(wanted),
        kinds=list(masking.KINDS.items()), done=done, covered=covered, trouble=trouble, picture=picture, anew=anew, seen=len(done),
        back=_back(row), may_open=masking.may_open(g.actor, row), most=masking.MOST, nonce=nonce.fresh()))
    response.headers["Cache-Control"] = "no-store"
    response.status_code = trouble.code
    return response


def _back(row: Media) -> str:
    """Where one came from, when that is a page of the newsroom's."""
    target = request.values.get("back", "")
    return target if _OURS.fullmatch(target) else url_for("coverage.mask", media_id=row.id)


@bp.get("/files/<uuid:media_id>/mask")
@guard.staff("cases.read")
def mask(media_id: uuid.UUID) -> Answer:
    """The photo others see now, to draw on."""
    return _page(_photo(media_id), [])


@bp.post("/files/<uuid:media_id>/mask")
@guard.staff("cases.read")
def cover(media_id: uuid.UUID) -> Answer:
    """Covers the boxes for good, or only shows where they are (`then` = look)."""
    row = _photo(media_id)
    mark, rows, anew = request.form.get("nonce", ""), _rows(request.form), bool(request.form.get("anew"))
    if request.form.get("then") == "look":
        return _page(row, rows, anew=anew)
    if nonce.result(mark) is not None:
        return redirect(_back(row), 303)
    seen = request.form.get("seen", "")
    trouble = attempt(lambda: masking.mask(g.actor, row, rows, seen=int(seen) if seen.isdecimal() and len(seen) < 6 else None,
                                           anew=anew))
    if trouble:
        return _page(row, rows, trouble, anew=anew and masking.may_open(g.actor, row))
    nonce.remember(mark, _back(row))
    flash(_("已遮挡。别人看到的是遮好的这张，原件封存。"), "ok")
    return redirect(_back(row), 303)


@bp.post("/files/<uuid:media_id>/mask/open")
@guard.staff("cases.read")
def open_masked(media_id: uuid.UUID) -> Answer:
    """Opens the original, for a reason that goes into the log, to draw the boxes anew."""
    row = _photo(media_id)
    shown: list[str] = []
    trouble = attempt(lambda: shown.append(masking.opened(g.actor, row, request.form.get("reason", ""))))
    if trouble:
        return _page(row, [], trouble)
    boxes = [{name: f"{box[name] / 100:g}" for name in ("x", "y", "w", "h")} | {"kind": box["kind"]}
             for box in masking.history(row)[1]]
    return _page(row, boxes, picture=shown[0], anew=True)
