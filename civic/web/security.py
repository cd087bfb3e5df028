"""Headers of every answer (W1, W2) and the body limits."""

from __future__ import annotations

from flask import Flask, Response, request

from civic.web import mapbase

CSP = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:", "connect-src 'self'",
    "font-src 'self'", "media-src 'self'", "worker-src 'self'", "manifest-src 'self'", "form-action 'self'", "base-uri 'none'",
    "frame-ancestors 'none'",
))
ONCE = "/once"
"""Path of the one-time links: who has the address has the right."""
QUIET = ("/tip", "/follow", ONCE)
"""Paths of the tipster and of one-time links: nothing about them may reach another site."""
MAPS = ("/map", "/desk/map")
"""Pages where «around me» may ask for the position; it is used in the browser and sent nowhere."""


def _headers(response: Response) -> Response:
    headers = response.headers
    quiet = request.path.startswith(QUIET)
    host = mapbase.origins() if request.path in MAPS else ""
    headers.setdefault("Content-Security-Policy", CSP.replace("connect-src 'self'", f"connect-src 'self' {host}") if host else CSP)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer" if quiet else "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    tipster = quiet and not request.path.startswith(ONCE)
    place = "(self)" if tipster or request.path.startswith(("/task", "/field/tasks/")) or request.path in MAPS else "()"
    headers["Permissions-Policy"] = f"geolocation={place}, camera=(), microphone=(), payment=(), usb=()"
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint == "static":
        headers["Cache-Control"] = ("public, max-age=31536000, immutable" if request.args.get("v")
                                    else "public, max-age=300")
    else:
        headers.setdefault("Cache-Control", "no-store")
    return response


def init_app(app: Flask) -> None:
    app.after_request(_headers)
