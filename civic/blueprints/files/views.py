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
