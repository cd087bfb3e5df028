"""The newsroom's day: the list of the selection meeting, grades and crews, the calendar and its feed, follow-ups."""

from flask import Blueprint

bp = Blueprint("day", __name__)

from civic.blueprints.day import calendar_views as calendar_views  # noqa: E402
from civic.blueprints.day import follow_views as follow_views  # noqa: E402
from civic.blueprints.day import grade_views as grade_views  # noqa: E402
from civic.blueprints.day import views as views  # noqa: E402
