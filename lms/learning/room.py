"""What this room brings to the application."""

from __future__ import annotations

from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.settings import SettingSpec
from lms.learning import slots
from lms.learning.cli import courses_group
from lms.learning.events import CourseCompleted, ReleasePublished
from lms.learning.jobs import IMPORT
from lms.learning.service.merging import on_merged
from lms.learning.views import desk, learner, study
from lms.learning.views.base import bp
from lms.people.events import PersonsMerged
from lms.webkit.room import MessageKind, NavItem, Permission, Room, Slot

PAGES = (learner, study, desk)
"""Importing these modules puts their views on the blueprint."""

ROOM = Room(
    name="learning",
    blueprints=(bp,),
    permissions=(
        Permission("course:view", _l("查看课程和学习情况")),
        Permission("course:edit", _l("导入课程并送审")),
        Permission("course:publish", _l("发布和撤下课程")),
    ),
    settings=(
        SettingSpec(
            "learning.offline_minutes",
            60,
            _l("断网后补记学习时间的上限"),
            _l("手机断网时学习时间先记在本机，联网后补交；更早的时间不再计入。"),
            minimum=1,
            maximum=240,
            unit=_l("分钟"),
        ),
        SettingSpec(
            "learning.repeat_allowed",
            False,
            _l("学完后可以重新学一轮"),
            _l("开启后，学完的人可以再选同一门课程，从头学起，另记一轮。"),
        ),
    ),
    jobs=(IMPORT,),
    events=(CourseCompleted, ReleasePublished),
    messages=(
        MessageKind(
            "learning.completed",
            _l("已学完《%(title)s》"),
            _l("您已完成《%(title)s》的全部课文和随堂题，学习时间已满足要求。"),
        ),
    ),
    handlers=((PersonsMerged, on_merged),),
    navigation=(NavItem("desk", "learning.desk", _l("课程"), "courses", 40, "course:view"),),
    slots=(
        Slot("next", 40, slots.next_step),
        Slot("home", 10, slots.home_card),
        Slot("figure", 30, slots.review_figure, "course:publish"),
        Slot("desk", 60, slots.courses_card, "course:view"),
    ),
    commands=(courses_group,),
)
