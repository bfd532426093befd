"""Words for how a plugin stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lms.kernel.i18n import lazy_gettext as _l
from lms.plugin_host.host import Standing

STANDINGS: Mapping[str, Any] = {
    Standing.ON: _l("已启用"),
    Standing.OFF: _l("未启用"),
    Standing.TRIPPED: _l("已自动停用"),
    Standing.BEHIND: _l("待升级"),
    Standing.WAITING: _l("等待其他模块"),
    Standing.BROKEN: _l("装不上"),
    Standing.GONE: _l("程序已卸载"),
}

TONES: Mapping[str, str] = {
    Standing.ON: "green",
    Standing.OFF: "grey",
    Standing.TRIPPED: "rose",
    Standing.BEHIND: "amber",
    Standing.WAITING: "amber",
    Standing.BROKEN: "rose",
    Standing.GONE: "amber",
}
