from lms.plugin_api import Manifest
from lms.plugin_api.texts import lazy_gettext as _l

MANIFEST = Manifest(name="untranslated", version="1.0.0", api=">=1.0,<2", title=_l("没有译文"))
