from lms.plugin_api import Manifest, hookimpl

MANIFEST = Manifest(name="wrongargument", version="1.0.0", api=">=1.0,<2", title="wrong")


@hookimpl
def lms_certificate_issuing(cert):
    del cert
