"""The citizen's pages: telling us something without an account, and following it with a code. No cookie before that."""

from flask import Blueprint

bp = Blueprint("tips", __name__)

import civic.blueprints.tips.follow  # noqa: E402
import civic.blueprints.tips.views  # noqa: E402, F401
