"""tus 1.0.0 over HTTP: https://tus.io/protocols/resumable-upload. Whose upload it is not finds nothing (404)."""

from __future__ import annotations

import uuid

from flask import Response, g, jsonify, request, url_for

from civic.blueprints.uploads import bp
from civic.files.vault import NoRoom
from civic.models import Upload, db
from civic.uploads import operations, tus
from civic.web import guard
from civic.web.said import said


@bp.after_request
def _spoken(response: Response) -> Response:
    """Every answer says which protocol it speaks; a refused version names the ones there are."""
    response.headers["Tus-Resumable"] = tus.VERSION
    return response


@bp.errorhandler(tus.Refused)
def _refused(error: tus.Refused) -> Response:
    db.session.rollback()
    return _problem(error.status, error.words, error.headers)


@bp.errorhandler(NoRoom)
def _full(error: NoRoom) -> Response:
    db.session.rollback()
    return _problem(507, error.message, {})


def _problem(status: int, words: str, headers: dict[str, str]) -> Response:
    response = jsonify(type="about:blank", status=status, title=said(words))
    response.status_code, response.mimetype = status, "application/problem+json"
    response.headers.update(headers)
    return response


@bp.route("/uploads/", methods=["OPTIONS"], provide_automatic_options=False)
@guard.public
def options() -> Response:
    """What this server can do."""
    return Response(status=204, headers={
        "Tus-Version": tus.VERSION, "Tus-Extension": tus.EXTENSIONS, "Tus-Checksum-Algorithm": ",".join(tus.ALGORITHMS),
        "Tus-Max-Size": str(max(operations.limits().values()))})


@bp.post("/uploads/")
@guard.staff("field")
def create() -> Response:
    """Begins an upload; begun again under the same id it is the same one."""
    tus.check_version(request.headers.get("Tus-Resumable"))
    if "Upload-Defer-Length" in request.headers:
        raise tus.Refused(400, "要先说明文件有多大。")
    size = tus.number(request.headers.get("Upload-Length"), "Upload-Length")
    given = request.headers.get("Upload-Metadata", "")
    row = operations.create(g.actor, size, tus.metadata(given), given)
    response = Response(status=201, headers={"Location": url_for("uploads.head", upload_id=row.id),
                                             "Upload-Expires": tus.expires(row.expires_at)})
    response.headers["Upload-Offset"] = str(operations.offset_of(row))
    return response


@bp.route("/uploads/<uuid:upload_id>", methods=["HEAD"])
@guard.staff("field")
def head(upload_id: uuid.UUID) -> Response:
    """How much is here."""
    tus.check_version(request.headers.get("Tus-Resumable"))
    row = operations.find(g.actor, upload_id)
    response = _offset(row, 200)
    response.headers["Upload-Length"] = str(row.size)
    if row.said:
        response.headers["Upload-Metadata"] = row.said
    response.headers["Cache-Control"] = "no-store"
    return response


def _offset(row: Upload, status: int) -> Response:
    return Response(status=status, headers={"Upload-Offset": str(operations.offset_of(row)),
                                            "Upload-Expires": tus.expires(row.expires_at)})


@bp.patch("/uploads/<uuid:upload_id>")
@guard.staff("field")
def patch(upload_id: uuid.UUID) -> Response:
    """The next bytes."""
    tus.check_version(request.headers.get("Tus-Resumable"))
    if request.mimetype != tus.CONTENT:
        raise tus.Refused(415, "这不是一段文件。")
    offset = tus.number(request.headers.get("Upload-Offset"), "Upload-Offset")
    check = tus.checksum(request.headers.get("Upload-Checksum"))
    row = operations.find(g.actor, upload_id)
    return _offset(operations.append(row, offset, request.content_length, request.stream, check), 204)


@bp.delete("/uploads/<uuid:upload_id>")
@guard.staff("field")
def terminate(upload_id: uuid.UUID) -> Response:
    """Ends it and frees its bytes."""
    tus.check_version(request.headers.get("Tus-Resumable"))
    operations.terminate(operations.find(g.actor, upload_id))
    return Response(status=204)


@bp.post("/uploads/<uuid:upload_id>")
@guard.staff("field")
def override(upload_id: uuid.UUID) -> Response:
    """The same through a line that lets only GET and POST through (`X-HTTP-Method-Override`)."""
    method = request.headers.get("X-HTTP-Method-Override", "").upper()
    doing = {"PATCH": patch, "DELETE": terminate, "HEAD": head}.get(method)
    if doing is None:
        raise tus.Refused(405, "这个地址不能这样访问。", {"Allow": "HEAD, PATCH, DELETE"})
    return doing(upload_id)
