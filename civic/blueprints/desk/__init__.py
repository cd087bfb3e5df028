"""The duty desk: what waits for me, tips, cases."""

from flask import Blueprint

bp = Blueprint("desk", __name__)

import civic.blueprints.desk.cases  # noqa: E402
import civic.blueprints.desk.stubborn  # noqa: E402
import civic.blueprints.desk.themes  # noqa: E402
import civic.blueprints.desk.tips  # noqa: E402
import civic.blueprints.desk.views  # noqa: E402, F401
