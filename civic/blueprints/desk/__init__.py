"""The duty desk: what waits for me, tips, cases."""

from flask import Blueprint

bp = Blueprint("desk", __name__)

from civic.blueprints.desk import cases as cases  # noqa: E402
from civic.blueprints.desk import tips as tips  # noqa: E402
from civic.blueprints.desk import views as views  # noqa: E402
