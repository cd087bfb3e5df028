"""The only place that turns what went wrong into HTTP. What was typed is shown again and can be sent again."""

from __future__ import annotations

import logging
import time
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request, session
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from civic.kit import fault
from civic.kit.result import Conflict, DomainError, Invalid, NotAllowed, NotFound, NotPossible
from civic.kit.text import clean
from civic.models import db
from civic.web.guard import SessionLost
from civic.web.said import said
from civic.web.security import QUIET

log = logging.getLogger("civic.web")

STATUS: dict[type[DomainError], int] = {NotFound: 404, NotAllowed: 403, NotPossible: 409, Invalid: 422, Conflict: 409}
SECRET_FIELDS = frozenset({"csrf_token", "password", "password2", "current", "receipt", "last4"})
"""Never shown or sent back: who stands beside the screen may not read them, so they are typed again."""
CARRIED_FIELDS = frozenset({"sealed", "held", "carry", "files", "seen", "nonce", "next", "step", "go"})
"""What a form carries for itself: sent again with the rest, and not shown, for there is nothing to read in it."""
BACK_SOON = "60"
"""Seconds after which a client may try again when the database is away."""
DRAIN, DRAIN_TIME = 512 * 1024 * 1024, 20.0
"""Bytes and seconds of a body that is too large which are still read, so that its sender gets the page and no reset."""


def _typed() -> list[tuple[str, str]]:
    """Name and value of every field of a failed POST, secrets and empty ones excepted."""
    if request.method != "POST":
        return []
    try:
        return [(clean(name), clean(value)) for name, values in request.form.lists() for value in values
                if name not in SECRET_FIELDS and value]
    except HTTPException:
        return []


def kept() -> list[tuple[str, str]]:
    """What was typed, so that nothing is lost."""
    return [(name, value) for name, value in _typed() if name not in CARRIED_FIELDS]


def carried() -> list[tuple[str, str]]:
    """What the form brought along unseen: without it a second sending would begin anew."""
    return [(name, value) for name, value in _typed() if name in CARRIED_FIELDS]


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(("text/html", "application/json"))
    return best == "application/json"


def _token_needed() -> bool:
    """A page of the tipster sets no cookie (S14), so its form gets a token only when there is a session already."""
    return bool(session) or not request.path.startswith(QUIET)


def answer(code: int, message: str, **more: Any) -> Response:
    """The page (or problem+json) for a status, with what was typed."""
    try:
        db.session.rollback()
    except SQLAlchemyError:
        db.session.remove()
    message = said(message)
    more = {name: _said(value) for name, value in more.items()}
    if _wants_json():
        response = jsonify(type="about:blank", status=code, title=message, **more)
        response.mimetype = "application/problem+json"
        response.status_code = code
        return response
    context = {"code": code, "text": message, "kept": kept(), "carried": carried(), "token": _token_needed(),
               "target": request.full_path.rstrip("?"), **more}
    try:
        page = render_template("errors/problem.html", **context)
    except Exception as error:
        log.error("the page of an error failed: %s", fault.where(error))
        page = _bare(code, message)
    return make_response(page, code)


def _said(value: Any) -> Any:
    """Reasons, changes and errors in the reader's language."""
    if isinstance(value, list):
        return [said(one) for one in value]
    return {name: said(one) for name, one in value.items()} if isinstance(value, dict) else value


def _bare(code: int, message: str) -> str:
    """The same in a few lines, for when even the page of an error cannot be drawn."""
    fields = "".join(f'<p><label>{escape(name)} <textarea readonly>\n{escape(value)}</textarea></label></p>'
                     for name, value in kept())
    return (f'<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8"><title>{code}</title></head>'
            f'<body><main><h1>{escape(message)}</h1>{fields}<p><a href="/">{escape(_("回首页"))}</a></p></main></body></html>')


def _domain(error: DomainError) -> Response:
    if isinstance(error, SessionLost):
        return answer(401, error.message, login=True, resend=True)
    code = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 400)
    if isinstance(error, Conflict):
        return answer(code, error.message, changes=list(error.changes))
    if isinstance(error, NotPossible):
        return answer(code, error.message, reasons=list(error.reasons))
    if isinstance(error, Invalid):
        return answer(code, error.message, errors=error.errors)
    return answer(code, error.message)


HTTP_WORDS = {
    400: "请求不完整，没有提交成功。", 401: "请先登录。", 403: "您没有权限进行这项操作。", 404: "没有找到您要的内容。",
    405: "这个地址不能这样访问。", 408: "上传太慢，连接断了，请再试一次。", 410: "这条内容已经撤下。",
    413: "文件太大了。单张照片不超过 30 MB，一次不超过 120 MB。", 414: "网址太长。", 415: "不支持这种格式。",
    429: "操作太频繁，请过一会儿再试。", 431: "请求头太大。",
}


def _http(error: HTTPException) -> Any:
    if error.response is not None:
        return error.response
    code = error.code or 500
    response = answer(code, HTTP_WORDS.get(code, "出了点问题，请稍后再试。"))
    for name, value in error.get_headers(request.environ):
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _drained(response: Response) -> Response:
    """Reads the rest of a body that is too large (to a limit) before the answer: hanging up on a sender in full flow
    shows them a broken line instead of the page."""
    stream, end, left = request.environ.get("wsgi.input"), time.monotonic() + DRAIN_TIME, DRAIN
    if response.status_code != 413 or stream is None:
        return response
    try:
        while left > 0 and time.monotonic() < end and (piece := stream.read(min(left, 65_536))):
            left -= len(piece)
    except (OSError, ValueError, HTTPException):
        pass
    return response


def _csrf(_error: CSRFError) -> Response:
    return answer(400, "页面放得太久，安全口令过期了。写的内容都在，再点一次提交就行。", resend=True)


def _taken(error: IntegrityError) -> Response:
    log.warning("integrity error: %s", type(error.orig).__name__)
    return answer(409, "刚刚有人做了同样的操作，请刷新后核对。")


def _unreadable(error: DataError) -> Response:
    """A sign no text of ours can hold (NUL), or a number beyond all bounds: the sender's matter."""
    log.warning("unreadable value: %s", type(error.orig).__name__)
    return answer(400, "有的字符没法识别，请检查后再提交。")


def _database(error: SQLAlchemyError) -> Response:
    log.error("database unavailable: %s", type(getattr(error, "orig", None) or error).__name__)
    response = answer(503, "系统正在恢复，请一两分钟后再试。写的内容还在这里，可以再次提交。", resend=True)
    response.headers["Retry-After"] = BACK_SOON
    return response


def _unexpected(error: Exception) -> Response:
    log.error("unexpected error: %s", fault.where(error))
    return answer(500, "系统出了问题，我们已经记下。写的内容还在这里，请稍后再提交一次。", resend=True)


def init_app(app: Flask) -> None:
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(IntegrityError, _taken)
    app.register_error_handler(DataError, _unreadable)
    for kind in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(kind, _database)
    app.register_error_handler(Exception, _unexpected)
    app.after_request(_drained)
