"""What this room brings to the application."""

from __future__ import annotations

from lms.kernel.i18n import lazy_gettext as _l
from lms.people.events import PersonsMerged
from lms.people.service.public import StaysBehind
from lms.practice import slots
from lms.practice.events import PracticeCompleted, PracticeHoursSigned
from lms.practice.policy import EDIT, RULE, VIEW
from lms.practice.service import merging
from lms.practice.views import desk, desk_placement, desk_setting, hours, own
from lms.practice.views.base import bp
from lms.practice.wording import MESSAGES
from lms.webkit.room import NavItem, Permission, Room, Slot

VIEWS = (own, hours, desk, desk_placement, desk_setting)
"""Importing them registers their routes."""

ROOM = Room(
    name="practice",
    blueprints=(bp,),
    permissions=(
        Permission(VIEW, _l("查看实务实训"), roles=("hr_officer", "trainer", "auditor")),
        Permission(EDIT, _l("安排实务实训、接收和结业"), roles=("hr_officer",)),
        Permission(RULE, _l("设置实务实训的类别和要求"), roles=("hr_officer",)),
    ),
    events=(PracticeHoursSigned, PracticeCompleted),
    navigation=(
        NavItem("me", "practice.own", _l("实务实训"), "users", 15),
        NavItem("desk", "practice.desk", _l("实务实训"), "users", 68, VIEW),
    ),
    handlers=((PersonsMerged, merging.on_merged),),
    messages=MESSAGES,
    offers=(StaysBehind("practice_entry"),),
    slots=(
        Slot("next", 35, slots.sign_step),
        Slot("next", 45, slots.log_step),
        Slot("home", 20, slots.home_card),
        Slot("figure", 45, slots.waiting_figure, EDIT),
        Slot("person", 35, slots.person_card, VIEW),
    ),
)
