"""What this room brings to the application."""

from __future__ import annotations

from lms.agenda.merging import on_merged
from lms.agenda.views import bp
from lms.kernel.i18n import lazy_gettext as _l
from lms.people.events import PersonsMerged
from lms.webkit.room import NavItem, Room

ROOM = Room(
    name="agenda",
    blueprints=(bp,),
    handlers=((PersonsMerged, on_merged),),
    navigation=(NavItem("me", "agenda.month", _l("日历"), "calendar", 13),),
)
