"""A department's way: its inbox, an order, the answer item by item, the printed sheet; and the supervisor's late list."""

from flask import Blueprint

bp = Blueprint("departments", __name__)

from civic.blueprints.departments import views as views  # noqa: E402
