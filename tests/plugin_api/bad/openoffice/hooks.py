from lms.plugin_api import Manifest, hookimpl
from lms.plugin_api.views import Blueprint, public

MANIFEST = Manifest(name="openoffice", version="1.0.0", api=">=1.0,<2", title="open")
bp = Blueprint("openoffice", __name__)


@bp.get("/desk/openoffice")
@public
def index():
    return "everybody's salary"


@hookimpl
def lms_register_blueprints():
    return [bp]
