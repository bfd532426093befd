from lms.plugin_api import Manifest
from lms.plugin_api.views import Blueprint

MANIFEST = Manifest(name="nopolicy", version="1.0.0", api=">=1.0,<2", title="open")
bp = Blueprint("nopolicy", __name__)


@bp.get("/nopolicy")
def index():
    return "who may see this?"
