from lms.plugin_api import Manifest, hookimpl
from lms.plugin_api.registering import Permission

MANIFEST = Manifest(name="foreignname", version="1.0.0", api=">=1.0,<2", title="foreign")


@hookimpl
def lms_register_permissions():
    return [Permission("person:view", "view", roles=("trainer",))]
