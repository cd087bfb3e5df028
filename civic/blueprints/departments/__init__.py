"""A department's way: its inbox, an order, the answer item by item, the printed sheet; and the supervisor's late list."""

from flask import Blueprint

bp = Blueprint("departments", __name__)

from civic.blueprints.departments import clock_views as clock_views  # noqa: E402
from civic.blueprints.departments import dispatch_views as dispatch_views  # noqa: E402
from civic.blueprints.departments import export_views as export_views  # noqa: E402
from civic.blueprints.departments import link_views as link_views  # noqa: E402
from civic.blueprints.departments import roster_views as roster_views  # noqa: E402
from civic.blueprints.departments import unit_views as unit_views  # noqa: E402
from civic.blueprints.departments import views as views  # noqa: E402
