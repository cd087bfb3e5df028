"""Open geodata of public cases: files, OGC API – Features, and a map to show on other sites."""

from flask import Blueprint

bp = Blueprint("opendata", __name__)

from civic.blueprints.opendata import ogc as ogc  # noqa: E402
from civic.blueprints.opendata import views as views  # noqa: E402
