"""The squad's pages on a phone: my tasks, one task with its forms, and the squad's board."""

from flask import Blueprint

bp = Blueprint("squads", __name__)

from civic.blueprints.squads import views as views  # noqa: E402
