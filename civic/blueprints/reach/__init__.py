"""传播: figures read off the channels, take-overs, others' index, and a person's own three numbers."""

from flask import Blueprint

bp = Blueprint("reach", __name__)

from civic.blueprints.reach import appraisal, effect, imports, views  # noqa: E402, F401
