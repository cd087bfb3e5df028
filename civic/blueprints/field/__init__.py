"""The field kit: a small part of the site that a phone keeps and that works without a network, strictly under /field/."""

from flask import Blueprint

bp = Blueprint("field", __name__)

from civic.blueprints.field import views as views  # noqa: E402
