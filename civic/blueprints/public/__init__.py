"""What everybody sees: the front page, cases, squads, departments, the ledger, how it works, feeds."""

from flask import Blueprint

bp = Blueprint("public", __name__)

from civic.blueprints.public import accounts as accounts  # noqa: E402
from civic.blueprints.public import clock as clock  # noqa: E402
from civic.blueprints.public import feeds as feeds  # noqa: E402
from civic.blueprints.public import news as news  # noqa: E402
from civic.blueprints.public import squads as squads  # noqa: E402
from civic.blueprints.public import themes as themes  # noqa: E402
from civic.blueprints.public import views as views  # noqa: E402
