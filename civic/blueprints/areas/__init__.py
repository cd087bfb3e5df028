"""Areas for everybody: what is open where, who looks after it, following it; and finding a place by its name."""

from flask import Blueprint

bp = Blueprint("areas", __name__)

from civic.blueprints.areas import views as views  # noqa: E402
