"""What this room brings to the application."""

from __future__ import annotations

from flask import url_for

from lms.classes import policy
from lms.demand import queries
from lms.demand.merging import on_merged
from lms.demand.views import bp
from lms.kernel.actor import Actor
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import pick
from lms.people.events import PersonsMerged
from lms.people.service.public import StaysBehind
from lms.webkit.room import NavItem, NextStep, Room, Slot


def next_step(actor: Actor) -> NextStep | None:
    """A class that is over and waits for a word."""
    if actor.person_id is None:
        return None
    for group in queries.to_rate(actor.person_id):
        title = _("评价“%(title)s”", title=pick(group.title))
        href = url_for("demand.survey", group_id=group.id)
        return NextStep(45, title, _("三个选择题，一分钟，不记名公布。"), href, _("去评价"))
    return None


ROOM = Room(
    name="demand",
    blueprints=(bp,),
    navigation=(
        NavItem("me", "demand.wishes", _l("想学什么"), "star", 15),
        NavItem("desk", "demand.desk", _l("课程需求"), "chart", 46, policy.VIEW),
    ),
    handlers=((PersonsMerged, on_merged),),
    slots=(Slot("next", 45, next_step),),
    offers=(StaysBehind("class_survey"),),
)
