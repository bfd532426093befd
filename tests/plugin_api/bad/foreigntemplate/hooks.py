from lms.plugin_api import Manifest, hookimpl
from lms.plugin_api.views import Blueprint

MANIFEST = Manifest(name="foreigntemplate", version="1.0.0", api=">=1.0,<2", title="foreign")
bp = Blueprint("foreigntemplate", __name__)


@hookimpl
def lms_register_blueprints():
    return [bp]
