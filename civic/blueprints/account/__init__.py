"""Logging in and out, invitation links, one's own account."""

from flask import Blueprint

bp = Blueprint("account", __name__)

from civic.blueprints.account import views as views  # noqa: E402
