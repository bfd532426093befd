"""What operators should notice about plugins, on the dashboard."""

from __future__ import annotations

from flask import url_for

from lms.kernel.actor import Actor
from lms.kernel.i18n import gettext as _
from lms.plugin_host.host import Standing, host
from lms.webkit.room import Figure

_FINE = {Standing.ON, Standing.OFF}


def unwell(actor: Actor) -> Figure | None:
    """Plugins that should work and do not."""
    del actor
    known = [one for one in host().overview() if one.standing not in _FINE]
    if not known:
        return None
    names = _("、").join(str(one.plugin.manifest.title) if one.plugin else one.name for one in known)
    return Figure(label=_("需要处理的模块"), value=len(known), note=names, tone="rose", href=url_for("plugins.index"))
