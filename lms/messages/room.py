"""What this room brings to the application."""

from __future__ import annotations

from lms.kernel.i18n import lazy_gettext as _l
from lms.messages.cli import mail_group
from lms.messages.jobs import POST
from lms.messages.postbox import EMAIL
from lms.messages.service import on_merged
from lms.messages.views import bp
from lms.people.events import PersonsMerged
from lms.webkit.room import NavItem, Room

ROOM = Room(
    name="messages",
    blueprints=(bp,),
    jobs=(POST,),
    handlers=((PersonsMerged, on_merged),),
    commands=(mail_group,),
    offers=(EMAIL,),
    navigation=(NavItem("me", "messages.inbox", _l("消息"), "mail", 10),),
)
