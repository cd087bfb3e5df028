"""Staff pages of places: the squad's map of the day, and the administrator's boundaries."""

from flask import Blueprint

bp = Blueprint("rounds", __name__)

from civic.blueprints.rounds import views as views  # noqa: E402
