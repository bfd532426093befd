"""What this room brings to the application."""

from __future__ import annotations

from lms.kernel.i18n import lazy_gettext as _l
from lms.questions import formats, kinds
from lms.questions.cli import questions_group
from lms.questions.events import BankImported
from lms.questions.views import banks, items, uploads
from lms.questions.views.base import bp
from lms.webkit.room import NavItem, Permission, Room

PAGES = (banks, items, uploads)
"""Importing these modules puts their views on the blueprint."""

ROOM = Room(
    name="questions",
    blueprints=(bp,),
    permissions=(
        Permission("bank:view", _l("查看题库")),
        Permission("bank:edit", _l("编辑题库")),
    ),
    events=(BankImported,),
    navigation=(NavItem("desk", "questions.banks", _l("题库"), "banks", 50, "bank:view"),),
    commands=(questions_group,),
    offers=(*kinds.CORE.values(), *formats.CORE),
)
