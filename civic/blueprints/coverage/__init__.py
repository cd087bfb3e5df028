"""Stories 报道: what waits for whom, the text with its versions and signatures, and the releases per channel."""

from flask import Blueprint

bp = Blueprint("coverage", __name__)

from civic.blueprints.coverage import views as views  # noqa: E402
