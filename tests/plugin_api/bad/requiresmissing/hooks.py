from lms.plugin_api import Manifest

MANIFEST = Manifest(name="requiresmissing", version="1.0.0", api=">=1.0,<2", title="lonely", requires=("nowhere>=1",))
