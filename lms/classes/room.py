"""What this room brings to the application."""

from __future__ import annotations

from lms.classes import agenda, codes, policy, slots
from lms.classes.events import ClassAttended, ClassGraduated
from lms.classes.jobs import INVITE, WARN
from lms.classes.service import attending, merging
from lms.classes.views import (
    checkin,
    desk,
    desk_attendance,
    desk_members,
    desk_timetable,
    graduation,
    own,
    rotation,
    settings,
    work,
)
from lms.classes.views.base import bp
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.settings import SettingSpec
from lms.people.events import PersonsMerged
from lms.people.service.public import StaysBehind
from lms.webkit.room import MessageKind, NavItem, Permission, Room, Slot

PAGES = (own, checkin, desk, desk_members, desk_timetable, desk_attendance, work, graduation, rotation, settings)
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
        "classes.assignment", _l("新作业：%(work)s"), _l("“%(title)s”布置了作业“%(work)s”，请在 %(due)s 前提交。")
    ),
    MessageKind(
        "classes.marked", _l("作业已评分：%(work)s"), _l("“%(title)s”的作业“%(work)s”已评分，可以查看分数和评语。")
    ),
    MessageKind(
        "classes.warned",
        _l("学习提醒：%(title)s"),
        _l("您在“%(title)s”%(cause)s。提醒满 %(days)s 天后仍超过规定的，可能被淘汰；有特殊情况的，请尽快联系教师。"),
    ),
    MessageKind("classes.graduated", _l("恭喜结业：%(title)s"), _l("您已从“%(title)s”结业。")),
    MessageKind(
        "classes.not_graduated",
        _l("未能结业：%(title)s"),
        _l("“%(title)s”已经结束，您没有达到结业要求，详情请看班级页面。"),
    ),
    MessageKind(
        "classes.invited",
        _l("请参加轮训：%(title)s"),
        _l("单位安排您参加“%(title)s”，请在 %(due)s 前选一个班次报名，并完成学习。"),
    ),
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
    settings=(
        SettingSpec(
            codes.SECONDS,
            30,
            _l("签到码多少秒换一次"),
            _l("上一个码在换过之后还可以用同样长的时间，手机需要一点时间打开页面。"),
            minimum=10,
            maximum=120,
            unit=_l("秒"),
        ),
        SettingSpec(attending.BEFORE, 30, _l("上课前多久可以签到"), minimum=0, maximum=180, unit=_l("分钟")),
        SettingSpec(attending.AFTER, 30, _l("下课后多久还可以签到"), minimum=0, maximum=180, unit=_l("分钟")),
        SettingSpec(
            attending.TRIES,
            5,
            _l("10 分钟内可以输错几次签到码"),
            _l("超过的要等 10 分钟，或由教师登记；达到这个次数的会提示教师核实。"),
            minimum=3,
            maximum=20,
            unit=_l("次"),
        ),
        SettingSpec(
            "classes.check_ins_a_minute",
            600,
            _l("每个网络地址每分钟可以签到的次数"),
            _l("一间教室的人常共用一个网络地址，会同时签到，不宜设得太小。"),
            minimum=30,
            maximum=10_000,
            unit=_l("次"),
        ),
    ),
    jobs=(WARN, INVITE),
    events=(ClassAttended, ClassGraduated),
    messages=MESSAGES,
    navigation=(
        NavItem("me", "classes.index", _l("我的班级"), "users", 12),
        NavItem("desk", "classes.desk", _l("班级"), "users", 45, policy.VIEW),
    ),
    handlers=((PersonsMerged, merging.on_merged),),
    offers=(*agenda.SOURCES, *(StaysBehind(model.__tablename__) for model in merging.STAYS)),
    slots=(Slot("next", 20, slots.next_step), Slot("home", 20, slots.home_card)),
)
