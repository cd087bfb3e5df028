"""小虎队: a newsroom's tip desk and a government's work orders in one place."""

from __future__ import annotations

from flask import Flask
from flask_babel import Babel
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from civic import blueprints, cli
from civic.models import db
from civic.web import context, errors, guard, language, mapbase, security, session, templating
from civic.web.unit import CivicFlask

csrf = CSRFProtect()


def create_app(settings: config.Settings | None = None) -> Flask:
    """The application for these settings (those of the environment when none are given)."""
    settings = settings or config.load()
    app = CivicFlask("civic")
    app.config.from_mapping(settings.to_flask())
    if settings.behind_proxy:
        hops = settings.behind_proxy
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    db.init_app(app)
    Migrate(app, db, directory=str(config.ROOT / "migrations"))
    Babel(app, locale_selector=language.choose, default_translation_directories="translations")
    session.init_app(app)
    guard.init_app(app)
    csrf.init_app(app)
    mapbase.init_app(app, settings.base_map)
    security.init_app(app)
    errors.init_app(app)
    templating.init_app(app)
    context.init_app(app)
    blueprints.init_app(app, csrf)
    cli.init_app(app)
    guard.check(app)
    return app
