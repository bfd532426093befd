"""What this room brings to the application."""

from __future__ import annotations

from lms.kernel.i18n import lazy_gettext as _l
from lms.requirements.leaves import CORE
from lms.requirements.policy import EDIT, VIEW
from lms.requirements.views import bp
from lms.webkit.room import NavItem, Permission, Room

ROOM = Room(
    name="requirements",
    blueprints=(bp,),
    permissions=(
        Permission(VIEW, _l("查看条件"), roles=("hr_officer", "auditor")),
        Permission(EDIT, _l("设置条件"), roles=("hr_officer",)),
    ),
    navigation=(NavItem("desk", "requirements.index", _l("条件"), "tree", 84, VIEW),),
    offers=CORE,
)
