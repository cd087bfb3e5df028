"""The maps: every public case at its public point beside an equal list, and the newsroom's own with exact points."""

from flask import Blueprint

bp = Blueprint("map", __name__)

from civic.blueprints.map import views as views  # noqa: E402
