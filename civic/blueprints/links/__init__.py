"""The page behind a one-time link: for somebody without an account, with nothing around it."""

from flask import Blueprint

bp = Blueprint("links", __name__)

from civic.blueprints.links import views as views  # noqa: E402
