"""Every route says who may open it; one that does not refuses at start-up (Z2). Rights are read at each request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.exceptions import BadRequest

from civic.access.actor import Actor
from civic.access.rules import PERMISSIONS, allowed
from civic.kit.result import NotAllowed

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Access:
    """Who a view is for: everybody, the holder of a receipt, or staff with a permission."""

    kind: str
    permission: str = ""


def public(view: View) -> View:
    """Anybody, without an account."""
    return _declare(view, Access("public"))


def tipster(view: View) -> View:
    """The holder of a receipt who has entered it in this session."""
    return _declare(view, Access("tipster"))


def staff(permission: str) -> Callable[[View], View]:
    """An account whose grants open the permission (civic.access.rules)."""
    if permission not in PERMISSIONS:
        raise KeyError(f"unknown permission {permission}")
    return lambda view: _declare(view, Access("staff", permission))


def _declare(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view


def access_of(app: Flask, endpoint: str) -> Access | None:
    """What the view of an endpoint declares; static files are public."""
    if endpoint == "static" or endpoint.endswith(".static"):
        return Access("public")
    return getattr(app.view_functions[endpoint], "access", None)


def undeclared(app: Flask) -> list[str]:
    """Endpoints whose view does not say who may open it."""
    return sorted({rule.endpoint for rule in app.url_map.iter_rules() if access_of(app, rule.endpoint) is None})


def _from_elsewhere() -> bool:
    """Whether another site's page makes this browser send something. Browsers say so themselves; old ones do not.

    Beside the form token: a refused post from elsewhere must not be offered for sending again with what it brought.
    """
    return request.method not in SAFE and request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")


def _enter() -> Response | None:
    """Sets `g.actor` and turns away who may not enter."""
    if _from_elsewhere():
        raise BadRequest()
    g.actor = Actor.of(current_user.user) if current_user.is_authenticated else Actor.visitor()
    if request.endpoint is None:
        return None
    access = access_of(current_app, request.endpoint)
    if access is None:
        raise NotAllowed()
    if access.kind == "staff":
        return _staff_only(access.permission)
    if access.kind == "tipster":
        return _tipster_only()
    return None


def _staff_only(permission: str) -> Response | None:
    if not current_user.is_authenticated:
        if request.method in ("GET", "HEAD"):
            return redirect(url_for("account.login", next=request.full_path.rstrip("?")))  # type: ignore[return-value]
        raise SessionLost()
    if not allowed(g.actor, permission):
        raise NotAllowed()
    return None


def _tipster_only() -> Response | None:
    from civic.web.session import tip_in_session
    tip_id = tip_in_session(session)
    if tip_id is None:
        if request.method not in ("GET", "HEAD"):
            raise SessionLost()
        return redirect(url_for("tips.follow"))  # type: ignore[return-value]
    g.actor = Actor.citizen(tip_id)
    return None


class SessionLost(NotAllowed):
    """The session ended while a form was open; what was typed is kept on the page."""

    default = "登录已过期。请重新登录，再提交一次；写的内容还在。"


def init_app(app: Flask) -> None:
    app.before_request(_enter)


def check(app: Flask) -> None:
    """Refuses to start with a view that does not declare its access."""
    missing = undeclared(app)
    if missing:
        raise RuntimeError(f"views without declared access: {', '.join(missing)}")
