from lms.plugin_api import Manifest
from lms.plugin_api.views import Blueprint

MANIFEST = Manifest(name="appwide", version="1.0.0", api=">=1.0,<2", title="wide")
bp = Blueprint("appwide", __name__)


@bp.before_app_request
def everywhere():
    raise RuntimeError
