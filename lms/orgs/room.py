"""What this room brings to the application."""

from __future__ import annotations

from lms.kernel.i18n import lazy_gettext as _l
from lms.orgs.cli import orgs_group
from lms.orgs.views import EDIT, VIEW, bp
from lms.webkit.room import NavItem, Permission, Room

ROOM = Room(
    name="orgs",
    blueprints=(bp,),
    permissions=(
        Permission(VIEW, _l("查看单位")),
        Permission(EDIT, _l("新增、改名和移动单位")),
    ),
    navigation=(NavItem("admin", "orgs.index", _l("单位管理"), "orgs", 10, VIEW),),
    commands=(orgs_group,),
)
