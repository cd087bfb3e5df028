"""The only place that turns what went wrong into HTTP. What was typed is shown again and can be sent again."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from civic.kit.result import Conflict, DomainError, Invalid, NotAllowed, NotFound, NotPossible
from civic.models import db
from civic.web.guard import SessionLost

log = logging.getLogger("civic.web")

STATUS: dict[type[DomainError], int] = {NotFound: 404, NotAllowed: 403, NotPossible: 409, Invalid: 422, Conflict: 409}
SECRET_FIELDS = frozenset({"csrf_token", "password", "password2", "current", "receipt", "sealed"})


def kept() -> list[tuple[str, str]]:
    """What was typed, so that nothing is lost: name and value of every field of a failed POST, secrets excepted."""
    if request.method != "POST":
        return []
    try:
        return [(name, value) for name, values in request.form.lists() for value in values
                if name not in SECRET_FIELDS and value]
    except HTTPException:
        return []


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(("text/html", "application/json"))
    return best == "application/json"


def answer(code: int, message: str, **more: Any) -> tuple[Response | str, int]:
    """The page (or problem+json) for a status, with what was typed."""
    db.session.rollback()
    if _wants_json():
        response = jsonify(type="about:blank", status=code, title=message, **more)
        response.mimetype = "application/problem+json"
        return response, code
    page = "errors/problem.html"
    return render_template(page, code=code, text=message, kept=kept(), target=request.full_path.rstrip("?"), **more), code


def _domain(error: DomainError) -> tuple[Response | str, int]:
    if isinstance(error, SessionLost):
        return answer(401, error.message, login=True)
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
    return answer(code, HTTP_WORDS.get(code, "出了点问题，请稍后再试。"))


def _csrf(_: CSRFError) -> tuple[Response | str, int]:
    return answer(400, "页面放得太久，安全口令过期了。写的内容都在，再点一次提交就行。", resend=True)


def _taken(error: IntegrityError) -> tuple[Response | str, int]:
    log.warning("integrity error: %s", type(error.orig).__name__)
    return answer(409, "刚刚有人做了同样的操作，请刷新后核对。")


def _database(error: OperationalError) -> tuple[Response | str, int]:
    log.error("database unavailable: %s", type(error.orig).__name__)
    body, code = answer(503, "系统正在恢复，请一两分钟后再试。写的内容还在这里，可以再次提交。", resend=True)
    return body, code


def _unexpected(error: Exception) -> tuple[Response | str, int]:
    log.exception("unexpected error", exc_info=error)
    return answer(500, "系统出了问题，我们已经记下。请稍后再试。")


def init_app(app: Flask) -> None:
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(IntegrityError, _taken)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(Exception, _unexpected)
