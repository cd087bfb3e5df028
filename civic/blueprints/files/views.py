"""Files leave the house here and nowhere else; what one may not see is not there (404)."""

from __future__ import annotations

import uuid
from urllib.parse import quote

from flask import Response, g, request
from werkzeug.wrappers import Response as BaseResponse

from civic.blueprints.files import bp
from civic.cases import media
from civic.web import guard

PRIVATE = "private, max-age=300"
PUBLIC = "public, max-age=600"
LOCKED = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""A file opened by itself runs nothing and shows nowhere else."""


def _picture(found: media.Picture, cache: str) -> BaseResponse:
    response = Response(found.data, mimetype=found.mime)
    response.set_etag(found.tag)
    response.headers["Cache-Control"] = cache
    response.headers["Content-Security-Policy"] = LOCKED
    response.headers["Content-Disposition"] = "inline"
    return response.make_conditional(request)


@bp.get("/files/<uuid:media_id>/<variant>")
@guard.staff("files")
def show(media_id: uuid.UUID, variant: str) -> BaseResponse:
    """A re-encoded picture for whoever may see the row it hangs on."""
    return _picture(media.picture(media.find(g.actor, media_id), variant), PRIVATE)


@bp.get("/files/<uuid:media_id>/play")
@guard.staff("files")
def play(media_id: uuid.UUID) -> BaseResponse:
    """A video or sound of our own people, whole or the part a player asks for (RFC 9110, section 14). Not transcoded."""
    found = media.footage(media.find(g.actor, media_id))
    span, whole = None, (0, found.size)
    if request.range is not None and (not request.if_range.etag or request.if_range.etag == found.tag):
        span = request.range.range_for_length(found.size) if request.range.units == "bytes" else None
        if span is None and request.range.units == "bytes" and len(request.range.ranges) == 1:
            return Response(status=416, headers={"Content-Range": f"bytes */{found.size}"})
    start, stop = span or whole
    response = Response(found.span(start, stop) if request.method != "HEAD" else b"", 206 if span else 200, mimetype=found.mime)
    if span:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{found.size}"
    response.headers.update({"Accept-Ranges": "bytes", "Content-Length": str(stop - start), "Cache-Control": "private, no-store",
                             "Content-Security-Policy": LOCKED, "Content-Disposition": "inline"})
    response.set_etag(found.tag)
    return response


@bp.get("/photos/<uuid:media_id>-<variant>.jpg")
@guard.public
def photo(media_id: uuid.UUID, variant: str) -> BaseResponse:
    """A released picture of a public case."""
    return _picture(media.picture(media.public(media_id), variant), PUBLIC)


@bp.post("/files/<uuid:media_id>/original")
@guard.staff("files")
def original(media_id: uuid.UUID) -> Response:
    """A sealed original, as a download, for a reason that goes into the log."""
    row = media.find(g.actor, media_id)
    found = media.open_original(g.actor, row, request.form.get("reason", ""))
    response = Response(found.pieces, mimetype=found.mime)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name)}"
    response.headers["Content-Length"] = str(found.size)
    response.headers["Content-Security-Policy"] = LOCKED
    response.headers["Cache-Control"] = "no-store"
    return response
