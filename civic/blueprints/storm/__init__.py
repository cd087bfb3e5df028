"""The typhoon and flood mode (R43): its switch, and orders by the dozen for emergencies."""

from flask import Blueprint

bp = Blueprint("storm", __name__)

from civic.blueprints.storm import views as views  # noqa: E402
