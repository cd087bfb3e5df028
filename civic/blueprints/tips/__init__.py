"""The citizen's pages: telling us something without an account, and following it with a code. No cookie before that."""

from flask import Blueprint

bp = Blueprint("tips", __name__)

from civic.blueprints.tips import follow as follow  # noqa: E402
from civic.blueprints.tips import views as views  # noqa: E402
