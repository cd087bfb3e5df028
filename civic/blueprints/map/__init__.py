"""The maps: every public case at its public point beside an equal list, and the newsroom's own with exact points."""

from flask import Blueprint

from civic.blueprints.map import lane

bp = Blueprint("map", __name__)
bp.record_once(lambda state: lane.init_app(state.app))  # type: ignore[arg-type]

from civic.blueprints.map import shapeviews as shapeviews  # noqa: E402
from civic.blueprints.map import tileviews as tileviews  # noqa: E402
from civic.blueprints.map import views as views  # noqa: E402
