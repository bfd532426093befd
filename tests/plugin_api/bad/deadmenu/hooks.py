from lms.plugin_api import Manifest, hookimpl
from lms.plugin_api.registering import NavItem

MANIFEST = Manifest(name="deadmenu", version="1.0.0", api=">=1.0,<2", title="dead")


@hookimpl
def lms_register_navigation():
    return [NavItem("desk", "deadmenu.index", "nowhere", "link", 90)]
