"""The newsroom's people: who is on shift, leave, skills, rotation and mentoring, squads and task forces. Never public."""

from flask import Blueprint

bp = Blueprint("crew", __name__, url_prefix="/crew")

from civic.blueprints.crew import growthviews as growthviews  # noqa: E402
from civic.blueprints.crew import leaveviews as leaveviews  # noqa: E402
from civic.blueprints.crew import shiftviews as shiftviews  # noqa: E402
from civic.blueprints.crew import skillviews as skillviews  # noqa: E402
from civic.blueprints.crew import teamviews as teamviews  # noqa: E402
from civic.blueprints.crew import views as views  # noqa: E402
