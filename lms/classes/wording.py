"""Class groups in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from lms.classes.course_models import Outcome
from lms.classes.models import (
    Audience,
    ClassMeeting,
    ClassRule,
    CreditMode,
    GroupState,
    MeetingState,
    MemberSource,
    MemberState,
    TrainingRoom,
)
from lms.classes.queries.rotation import Progress, Training
from lms.classes.queries.standing import Standing
from lms.classes.queries.timetable import Clash
from lms.classes.rotation_models import WaveState
from lms.classes.rules.attendance import Flag, Means, Presence, Says
from lms.classes.rules.grading import Cause, Grade, GradeState
from lms.kernel import clock
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import listed, pick
from lms.webkit.templating import day

STATES: Mapping[GroupState, Any] = {
    GroupState.DRAFT: _l("筹备中"),
    GroupState.OPEN: _l("报名中"),
    GroupState.RUNNING: _l("进行中"),
    GroupState.CLOSED: _l("已结班"),
    GroupState.CANCELLED: _l("已取消"),
}
TONES = {
    GroupState.DRAFT: "grey",
    GroupState.OPEN: "blue",
    GroupState.RUNNING: "green",
    GroupState.CLOSED: "grey",
    GroupState.CANCELLED: "rose",
}
MEMBER_STATES: Mapping[MemberState, Any] = {
    MemberState.ENROLLED: _l("已录取"),
    MemberState.WAITING: _l("候补"),
    MemberState.LEFT: _l("已退出"),
    MemberState.REMOVED: _l("已移出"),
}
MEMBER_TONES = {
    MemberState.ENROLLED: "green",
    MemberState.WAITING: "amber",
    MemberState.LEFT: "grey",
    MemberState.REMOVED: "rose",
}
SOURCES: Mapping[MemberSource, Any] = {
    MemberSource.SELF: _l("自主报名"),
    MemberSource.LIST: _l("单位名单"),
    MemberSource.PROGRAMME: _l("选拔录取"),
}
AUDIENCES: Mapping[Audience, Any] = {
    Audience.ALL: _l("所有人都可以报名"),
    Audience.UNIT: _l("主办单位及下级单位的人可以报名"),
    Audience.LISTED: _l("不开放报名，只由名单或选拔录取"),
}
MEETING_STATES: Mapping[MeetingState, Any] = {
    MeetingState.PLANNED: _l("待上课"),
    MeetingState.CANCELLED: _l("已取消"),
    MeetingState.HELD: _l("已上课"),
}
CREDIT_MODES: Mapping[CreditMode, Any] = {
    CreditMode.MEETING: _l("每次课结束后计入"),
    CreditMode.GRADUATION: _l("结业后一次计入"),
    CreditMode.NONE: _l("不计继续教育时长"),
}
SAYS: Mapping[Says, Any] = {
    Says.PRESENT: _l("到课"),
    Says.LEFT: _l("提前离开"),
    Says.ABSENT: _l("缺课"),
    Says.EXCUSED: _l("请假"),
}
ATTESTED: Mapping[Says, Any] = {
    Says.PRESENT: _l("到课（在下面的时间到）"),
    Says.LEFT: _l("提前离开（在下面的时间走）"),
    Says.ABSENT: _l("缺课"),
    Says.EXCUSED: _l("请假"),
}
MEANS: Mapping[Means, Any] = {Means.QR: _l("扫码"), Means.CODE: _l("输入数字码"), Means.TRAINER: _l("教师登记")}
FLAGS: Mapping[Flag, Any] = {
    Flag.SHARED_DEVICE: _l("同一台手机签了几个人"),
    Flag.GUESSED: _l("多次输错签到码"),
    Flag.AFTER_END: _l("下课后才签到"),
    Flag.ELSEWHERE: _l("同一时间还签到了另一次课"),
}
CAUSES: Mapping[Cause, Any] = {
    Cause.ABSENCE: _l("缺课时间过多"),
    Cause.ASSIGNMENTS: _l("少交作业过多"),
    Cause.UNMARKED: _l("作业还没评完"),
    Cause.FAILED: _l("作业不合格"),
    Cause.MEETINGS: _l("还有课没结束"),
}
OUTCOMES: Mapping[Outcome, Any] = {
    Outcome.GRADUATED: _l("结业"),
    Outcome.NOT_GRADUATED: _l("未结业"),
    Outcome.ELIMINATED: _l("淘汰"),
}
GRADES: Mapping[GradeState, Any] = {
    GradeState.UNMARKED: _l("待评分"),
    GradeState.SECOND: _l("待第二人评分"),
    GradeState.THIRD: _l("两人相差较大，待第三人评分"),
    GradeState.FINAL: _l("已评分"),
}
TRAININGS: Mapping[Training, Any] = {
    Training.DONE: _l("按期参加过"),
    Training.DUE: _l("该再参加了"),
    Training.NEVER: _l("从未参加"),
}
TRAINING_TONES = {Training.DONE: "green", Training.DUE: "amber", Training.NEVER: "rose"}
PROGRESS: Mapping[Progress, Any] = {
    Progress.TRAINED: _l("已结业"),
    Progress.SEATED: _l("已报名"),
    Progress.WAITING: _l("候补"),
    Progress.OPEN: _l("还没报名"),
}
PROGRESS_TONES = {
    Progress.TRAINED: "green",
    Progress.SEATED: "blue",
    Progress.WAITING: "amber",
    Progress.OPEN: "rose",
}
WAVES: Mapping[WaveState, Any] = {
    WaveState.PLANNED: _l("待邀请"),
    WaveState.OPEN: _l("进行中"),
    WaveState.CLOSED: _l("已结束"),
}
CLASHES: Mapping[str, Any] = {
    "room": _l("教室“%(room)s”在 %(span)s 已排给“%(title)s”（%(topic)s）。"),
    "trainer": _l("%(name)s在 %(span)s 要给“%(title)s”上课（%(topic)s）。"),
    "own": _l("这个班在 %(span)s 已有课（%(topic)s）。"),
    "members": _l("本班学员有 %(count)d 人在 %(span)s 要上“%(title)s”（%(topic)s）：%(names)s。"),
    "small": _l("教室“%(room)s”只有 %(places)d 个座位，本班要 %(wanted)d 个。"),
    "holiday": _l("%(day)s不上班：%(note)s。"),
    "rest": _l("%(day)s是休息日。"),
    "outside": _l("%(day)s不在班期内（%(first)s至 %(last)s）。"),
    "past": _l("%(day)s这个时间已经过去。"),
}
CREDIT_CATEGORIES: Mapping[str, Any] = {"professional": _l("专业科目"), "public": _l("公需科目")}


def clash(found: Clash) -> str:
    """What stands in the way of a meeting, with what it clashes."""
    facts = dict(found.facts)
    if "starts" in facts:
        facts = {**facts, "title": pick(facts["title"]), "span": span(facts["starts"], facts["ends"])}
    facts |= {name: day(facts[name]) for name in ("day", "first", "last") if name in facts}
    facts["names"] = listed(facts.get("names", ()))
    facts["note"] = pick(facts.get("note"))
    kind = "rest" if found.kind == "holiday" and not facts["note"] else found.kind
    return str(CLASHES[kind]) % facts


def span(starts: dt.datetime, ends: dt.datetime) -> str:
    """A meeting's day and hours: 2026 年 11 月 27 日（周五） 09:00–12:00."""
    return f"{day(starts)} {hours(starts, ends)}"


def hours(starts: dt.datetime, ends: dt.datetime) -> str:
    """The hours alone: 09:00–12:00."""
    return f"{starts.astimezone(clock.CITY_ZONE):%H:%M}–{ends.astimezone(clock.CITY_ZONE):%H:%M}"


def place(meeting: ClassMeeting, rooms: Mapping[Any, TrainingRoom]) -> str:
    """Where a meeting is held."""
    room = rooms.get(meeting.room_id)
    parts = (room.name, room.address) if room else ()
    return listed(filter(None, (*parts, meeting.place)))


def rule(found: ClassRule) -> list[str]:
    """A rule in sentences."""
    said = [
        _("上课 %(minutes)d 分钟后到的算迟到，从到达时起计时。", minutes=found.late_minutes),
        _(
            "缺课超过计划时长的 %(warn)d%% 时提醒，超过 %(most)d%% 的可以淘汰；提醒满 %(days)d 天后才能淘汰。",
            warn=found.warn_percent, most=found.absent_percent, days=found.warn_days,
        ),
        _(
            "最多可以少交 %(count)d 份作业；作业 %(points)d 分为合格。",
            count=found.missing_assignments, points=found.pass_points,
        ),
        _("结业作业由两人分别评分，相差超过 %(gap)d 分的由第三人评分。", gap=found.capstone_gap),
        _("继续教育时长：%(mode)s。", mode=CREDIT_MODES[found.credit_mode]),
    ]  # fmt: skip
    if found.repeat_months:
        said.append(_("每 %(months)d 个月应参加一次。", months=found.repeat_months))
    return said


def local_day(moment: dt.datetime) -> dt.date:
    """The city's day of a moment."""
    return clock.local_date(moment)


def clock_time(moment: dt.datetime | None) -> str:
    """The city's hour and minute: 09:05."""
    return f"{moment.astimezone(clock.CITY_ZONE):%H:%M}" if moment else ""


def presence(found: Presence) -> tuple[str, str]:
    """Where a member stands in a meeting, and the tone of it."""
    if found.says is None:
        return _("未到"), "grey"
    if found.says is not Says.PRESENT:
        return str(SAYS[found.says]), "rose" if found.says is Says.ABSENT else "blue"
    if found.left is not None:
        return _("提前离开"), "amber"
    return (_("迟到"), "amber") if found.late else (_("到课"), "green")


def grade(found: Grade) -> str:
    """A grade: 86.5 分, or what it waits for."""
    if found.points is None:
        return str(GRADES[found.state])
    return _("%(points)s 分", points=f"{found.points:g}")


def outcome(one: Standing) -> tuple[str, str]:
    """How it ended for a member, or would by what is known now, and why."""
    if one.graduation is not None:
        causes = [CAUSES[Cause(cause)] for cause in one.graduation.facts["causes"]]
        return str(OUTCOMES[one.graduation.outcome]), listed(causes)
    if not one.verdict.decided:
        return _("进行中"), listed(CAUSES[cause] for cause in one.verdict.lacking)
    outcome_now = Outcome.GRADUATED if one.verdict.graduates else Outcome.NOT_GRADUATED
    return str(OUTCOMES[outcome_now]), listed(CAUSES[cause] for cause in one.verdict.lacking)


def training(day_of: dt.date | None, since: dt.date) -> Training:
    """Where somebody stands who was last trained on a day."""
    if day_of is None:
        return Training.NEVER
    return Training.DONE if day_of >= since else Training.DUE
