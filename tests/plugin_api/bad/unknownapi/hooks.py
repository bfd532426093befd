from lms.plugin_api import Manifest

MANIFEST = Manifest(name="unknownapi", version="1.0.0", api="whatever", title="unknown")
