"""The figures: what is counted, how, and the cases behind every number."""

from flask import Blueprint

bp = Blueprint("insight", __name__)

from civic.blueprints.insight import effect, history, lists, views  # noqa: E402, F401
