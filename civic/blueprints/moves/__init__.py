"""One pair of routes for every move of every machine: the form drawn from the table, and the doing of it."""

from flask import Blueprint

bp = Blueprint("moves", __name__)

from civic.blueprints.moves import views as views  # noqa: E402
