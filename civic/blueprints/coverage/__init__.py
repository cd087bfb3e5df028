"""Stories 报道: what waits for whom, the text with its versions and signatures, and the releases per channel."""

from flask import Blueprint

bp = Blueprint("coverage", __name__)

from civic.blueprints.coverage import editor as editor  # noqa: E402
from civic.blueprints.coverage import masking as masking  # noqa: E402
from civic.blueprints.coverage import reviewing as reviewing  # noqa: E402
from civic.blueprints.coverage import sides as sides  # noqa: E402
from civic.blueprints.coverage import views as views  # noqa: E402
