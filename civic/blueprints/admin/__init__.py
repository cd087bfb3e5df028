"""The administrator's pages: people, squads, the county's settings. No workflow powers here."""

from flask import Blueprint

bp = Blueprint("admin", __name__)

from civic.blueprints.admin import checklists as checklists  # noqa: E402
from civic.blueprints.admin import rules_views as rules_views  # noqa: E402
from civic.blueprints.admin import views as views  # noqa: E402
