from lms.plugin_api import Manifest, hookimpl

MANIFEST = Manifest(name="wrongthing", version="1.0.0", api=">=1.0,<2", title="wrong")


@hookimpl
def lms_register_permissions():
    return ["wrongthing.note:view"]
