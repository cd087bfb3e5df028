"""Outlets 渠道: the board of releases, packages to copy out, the words for a channel, and what channels take."""

from flask import Blueprint

bp = Blueprint("outlets", __name__)

from civic.blueprints.outlets import settings as settings  # noqa: E402
from civic.blueprints.outlets import views as views  # noqa: E402
