"""Resumable uploads for people in the field, by the tus protocol."""

from flask import Blueprint

bp = Blueprint("uploads", __name__)

from civic.blueprints.uploads import views as views  # noqa: E402
