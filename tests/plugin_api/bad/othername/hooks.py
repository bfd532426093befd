from lms.plugin_api import Manifest

MANIFEST = Manifest(name="someoneelse", version="1.0.0", api=">=1.0,<2", title="other")
