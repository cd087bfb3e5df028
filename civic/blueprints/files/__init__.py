"""Files: pictures for staff by right, pictures of public cases for everybody, sealed originals for a reason."""

from flask import Blueprint

bp = Blueprint("files", __name__)

from civic.blueprints.files import views as views  # noqa: E402
