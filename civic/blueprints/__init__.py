"""The pages, one package a person or purpose."""

from __future__ import annotations

from importlib import import_module

from flask import Flask
from flask_wtf.csrf import CSRFProtect

NAMES = ("public", "tips", "desk", "moves", "squads", "crew", "day", "coverage", "outlets", "departments", "links", "map", "areas",
         "rounds", "opendata", "files", "insight", "reach", "uploads", "field", "account", "admin", "storm", "health")
COOKIELESS = frozenset({"tips", "public", "links"})
"""Pages without any cookie carry their own sealed, timed form token instead of a session-bound one."""


def init_app(app: Flask, csrf: CSRFProtect) -> None:
    for name in NAMES:
        blueprint = import_module(f"civic.blueprints.{name}").bp
        if name in COOKIELESS:
            csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
