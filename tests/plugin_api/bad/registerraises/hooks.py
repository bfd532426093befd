from lms.plugin_api import Manifest, hookimpl

MANIFEST = Manifest(name="registerraises", version="1.0.0", api=">=1.0,<2", title="raises")


@hookimpl
def lms_register_jobs():
    raise KeyError("settings")
