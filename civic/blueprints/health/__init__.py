"""One word for the public, the whole picture for the staff (O7, R6)."""

from flask import Blueprint

bp = Blueprint("health", __name__)

from civic.blueprints.health import views as views  # noqa: E402
