"""What this room brings to the application."""

from __future__ import annotations

from lms.classes import policy, slots
from lms.classes.views import desk, desk_members, desk_timetable, own, settings
from lms.classes.views.base import bp
from lms.kernel.i18n import lazy_gettext as _l
from lms.webkit.room import MessageKind, NavItem, Permission, Room, Slot

PAGES = (own, desk, desk_members, desk_timetable, settings)
"""Importing these modules puts their views on the blueprint."""

MESSAGES = (
    MessageKind("classes.enrolled", _l("您已被录取：%(title)s"), _l("“%(title)s”将于%(starts)s开班，请按课表参加。")),
    MessageKind(
        "classes.queued",
        _l("您已列入候补：%(title)s"),
        _l("“%(title)s”已经满员，您排在候补第 %(position)s 位，有空位时按顺序递补。"),
    ),
    MessageKind(
        "classes.promoted",
        _l("候补递补成功：%(title)s"),
        _l("“%(title)s”有了空位，按候补顺序已为您录取，%(starts)s开班。不能参加的，请在开班前退出。"),
    ),
    MessageKind("classes.removed", _l("您已被移出：%(title)s"), _l("主办单位已把您移出“%(title)s”。理由：%(reason)s")),
    MessageKind("classes.cancelled", _l("班级取消：%(title)s"), _l("“%(title)s”已经取消。原因：%(reason)s")),
    MessageKind(
        "classes.meeting_added",
        _l("新增一次课：%(title)s"),
        _l("“%(title)s”加课“%(topic)s”，%(starts)s，地点：%(place)s。"),
    ),
    MessageKind(
        "classes.meeting_moved",
        _l("课程有调整：%(title)s"),
        _l("“%(title)s”的“%(topic)s”改为 %(starts)s，地点：%(place)s。"),
    ),
    MessageKind(
        "classes.meeting_cancelled",
        _l("取消一次课：%(title)s"),
        _l("“%(title)s”原定 %(starts)s 的“%(topic)s”已取消。原因：%(reason)s"),
    ),
)

ROOM = Room(
    name="classes",
    blueprints=(bp,),
    permissions=(
        Permission(policy.VIEW, _l("查看班级")),
        Permission(policy.EDIT, _l("组织班级")),
        Permission(policy.TEACH, _l("给班级上课")),
        Permission(policy.RULE, _l("设置班级类别和规则")),
    ),
    messages=MESSAGES,
    navigation=(
        NavItem("me", "classes.index", _l("我的班级"), "users", 12),
        NavItem("desk", "classes.desk", _l("班级"), "users", 45, policy.VIEW),
    ),
    slots=(Slot("next", 20, slots.next_step), Slot("home", 20, slots.home_card)),
)
