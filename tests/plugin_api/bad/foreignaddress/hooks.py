from lms.plugin_api import Manifest, hookimpl
from lms.plugin_api.views import Blueprint, public

MANIFEST = Manifest(name="foreignaddress", version="1.0.0", api=">=1.0,<2", title="foreign")
bp = Blueprint("foreignaddress", __name__)


@bp.get("/desk/people")
@public
def people():
    return "mine now"


@hookimpl
def lms_register_blueprints():
    return [bp]
