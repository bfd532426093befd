from lms.plugin_api import Manifest, hookimpl

MANIFEST = Manifest(name="unknownhook", version="1.0.0", api=">=1.0,<2", title="unknown")


@hookimpl
def lms_register_pages():
    return []
