from lms.plugin_api import Manifest, hookimpl
from lms.plugin_api.registering import Permission

MANIFEST = Manifest(name="unknownrole", version="1.0.0", api=">=1.0,<2", title="role")


@hookimpl
def lms_register_permissions():
    return [Permission("unknownrole.note:view", "view", roles=("emperor",))]
