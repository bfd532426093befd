from lms.plugin_api import Manifest

MANIFEST = Manifest(name="oldapi", version="1.0.0", api=">=0.3,<1", title="old")
