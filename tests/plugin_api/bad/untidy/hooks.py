from lms.plugin_api import Manifest

MANIFEST = Manifest(name="untidy", version="1.0.0", api=">=1.0,<2", title="untidy")
