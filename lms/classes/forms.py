"""Forms of the officers' class pages."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from lms.classes import wording
from lms.classes.dto import NewGroup, NewMeeting, NewRule
from lms.classes.models import Audience, ClassGroup, ClassMeeting, ClassRule, CreditMode, TrainingRoom
from lms.classes.rules.attendance import Says
from lms.classes.service.groups import MOST_PLACES
from lms.classes.service.settings import LIMITS
from lms.kernel import clock
from lms.kernel.i18n import Localized, zh
from lms.kernel.i18n import lazy_gettext as _l
from lms.webkit.forms import BaseForm, SeenField

NEEDED = _l("请填写这一项")
PICK = _l("请选择")
_TIMES = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
_TOO_LONG = _l("最多 %(max)d 个字")


def _city(value: dt.datetime) -> dt.datetime:
    """A moment typed in the city's time."""
    return value.replace(tzinfo=clock.CITY_ZONE)


def both(chinese: str | None, english: str | None) -> Localized:
    """A text in two languages as typed."""
    return zh((chinese or "").strip(), (english or "").strip())


class GroupForm(BaseForm):
    """A class group. The districts' quotas are fields of their own, read beside it."""

    org = SelectField(_l("主办单位"), [InputRequired(PICK)])
    category = SelectField(_l("类别"), [InputRequired(PICK)])
    title = StringField(_l("班级名称"), [InputRequired(NEEDED), Length(max=60, message=_TOO_LONG)])
    title_en = StringField(_l("英文名称"), [Optional(), Length(max=100, message=_TOO_LONG)])
    about = TextAreaField(
        _l("说明"), [Optional(), Length(max=1000, message=_TOO_LONG)],
        description=_l("写明对象、内容和要求，报名的人会看到。"), render_kw={"rows": 4},
    )  # fmt: skip
    course = SelectField(_l("配套线上课程"), [Optional()])
    places = IntegerField(
        _l("总名额"), [InputRequired(NEEDED), NumberRange(1, MOST_PLACES, _l("应在 %(min)s 到 %(max)s 之间"))]
    )
    audience = RadioField(
        _l("报名范围"), choices=[SelectChoice(key.value, text) for key, text in wording.AUDIENCES.items()]
    )
    waitlist = BooleanField(_l("满员后接受候补"), description=_l("有人退出时，按候补顺序自动递补并发消息。"))
    enrol_from = DateTimeLocalField(_l("报名开始"), [InputRequired(NEEDED)], format=_TIMES)
    enrol_until = DateTimeLocalField(
        _l("报名截止"), [InputRequired(NEEDED)], format=_TIMES, description=_l("到这一刻为止，不含这一刻。")
    )
    starts_on = DateField(_l("开班日期"), [InputRequired(NEEDED)])
    ends_on = DateField(_l("结班日期"), [InputRequired(NEEDED)])

    @classmethod
    def showing(cls, group: ClassGroup | None) -> GroupForm:
        """The form for a group, or for a new one; posted values come first."""
        if group is None:
            return cls(data={"audience": Audience.UNIT.value, "waitlist": True})
        names = ("about", "places", "waitlist", "starts_on", "ends_on")
        return cls(
            data={
                **{name: getattr(group, name) for name in names},
                "org": group.org_id.hex,
                "category": group.category,
                "course": group.course_id.hex if group.course_id else "",
                "title": group.title.get("zh_CN", ""),
                "title_en": group.title.get("en", ""),
                "audience": group.audience.value,
                "enrol_from": group.enrol_from.astimezone(clock.CITY_ZONE),
                "enrol_until": group.enrol_until.astimezone(clock.CITY_ZONE),
            }
        )

    def offer(self, units: Iterable[Any], categories: Iterable[Any], courses: Iterable[Any], pick: Any) -> None:
        """Fill the lists to choose from."""
        self.org.choices = [(unit.id.hex, unit.name) for unit in units]
        self.category.choices = [(one.code, pick(one.title)) for one in categories]
        self.course.choices = [("", _l("没有")), *((one.id.hex, pick(one.title) or one.slug) for one in courses)]

    def group(self, quotas: Mapping[uuid.UUID, int]) -> NewGroup:
        """What was typed."""
        return NewGroup(
            org_id=uuid.UUID(self.org.data),
            category=self.category.data,
            title=both(self.title.data, self.title_en.data),
            about=self.about.data or "",
            places=self.places.data,
            audience=Audience(self.audience.data),
            waitlist=self.waitlist.data,
            enrol_from=_city(self.enrol_from.data),
            enrol_until=_city(self.enrol_until.data),
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            course_id=uuid.UUID(self.course.data) if self.course.data else None,
            quotas=quotas,
        )


class ReasonForm(BaseForm):
    """A reason that the people concerned are told."""

    reason = StringField(_l("理由"), [InputRequired(_l("请写明理由")), Length(max=200, message=_TOO_LONG)])


class CancelForm(ReasonForm):
    """Why a meeting is called off, as it was seen in a revision."""

    seen = SeenField()


class MeetingForm(BaseForm):
    """A meeting of a group. `seen` is the revision that the page showed."""

    seen = SeenField()
    title = StringField(_l("内容"), [InputRequired(NEEDED), Length(max=120, message=_TOO_LONG)])
    day = DateField(_l("日期"), [InputRequired(NEEDED)])
    starts = TimeField(_l("开始时间"), [InputRequired(NEEDED)])
    ends = TimeField(_l("结束时间"), [InputRequired(NEEDED)])
    room = SelectField(_l("教室"), [Optional()])
    place = StringField(
        _l("地点说明"), [Optional(), Length(max=120, message=_TOO_LONG)], description=_l("不在教室上课的，写明地点。")
    )
    trainers = SelectMultipleField(
        _l("任课教师"), [Optional()], widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    accepting = BooleanField(_l("我已看过上面的提醒，仍然这样安排"))

    @classmethod
    def showing(cls, meeting: ClassMeeting | None, trainers: Sequence[uuid.UUID] = ()) -> MeetingForm:
        """The form for a meeting, or for a new one; posted values come first."""
        if meeting is None:
            return cls()
        starts, ends = (moment.astimezone(clock.CITY_ZONE) for moment in (meeting.starts_at, meeting.ends_at))
        return cls(
            data={
                "seen": meeting.revision,
                "title": meeting.title,
                "day": starts.date(),
                "starts": starts.time(),
                "ends": ends.time(),
                "room": meeting.room_id.hex if meeting.room_id else "",
                "place": meeting.place,
                "trainers": [one.hex for one in trainers],
            }
        )

    def offer(self, rooms: Iterable[TrainingRoom], trainers: Iterable[Any]) -> None:
        """Fill the lists to choose from."""
        texts = ((room.id.hex, _l("%(name)s（%(places)d 座）", name=room.name, places=room.places)) for room in rooms)
        self.room.choices = [("", _l("不用教室")), *texts]
        self.trainers.choices = [(one.id.hex, one.name) for one in trainers]

    def meeting(self) -> NewMeeting:
        """What was typed."""
        return NewMeeting(
            title=self.title.data,
            starts_at=_city(dt.datetime.combine(self.day.data, self.starts.data)),
            ends_at=_city(dt.datetime.combine(self.day.data, self.ends.data)),
            room_id=uuid.UUID(self.room.data) if self.room.data else None,
            place=self.place.data or "",
            trainers=tuple(uuid.UUID(one) for one in self.trainers.data or ()),
        )


class AttestForm(BaseForm):
    """What a trainer saw of the members that are ticked beside it."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    says = RadioField(
        _l("登记为"),
        [InputRequired(PICK)],
        choices=[SelectChoice(key.value, text) for key, text in wording.ATTESTED.items()],
        default=Says.PRESENT.value,
    )
    at = TimeField(_l("时间"), [InputRequired(NEEDED)], description=_l("到课或离开的时间；缺课、请假的不影响计时。"))
    reason = StringField(
        _l("理由"), [InputRequired(_l("请写明理由")), Length(max=200, message=_TOO_LONG)],
        description=_l("如：手机没电、迟到、提前离开、扫码登记有误。"),
    )  # fmt: skip


class AssignmentForm(BaseForm):
    """A piece of work that is set."""

    title = StringField(_l("题目"), [InputRequired(NEEDED), Length(max=120, message=_TOO_LONG)])
    brief = TextAreaField(
        _l("要求"), [Optional(), Length(max=4000, message=_TOO_LONG)], render_kw={"rows": 6},
        description=_l("写明内容、篇幅和评分标准。"),
    )  # fmt: skip
    due = DateTimeLocalField(
        _l("截止时间"), [InputRequired(NEEDED)], format=_TIMES, description=_l("之后提交的会标为迟交。")
    )
    capstone = BooleanField(_l("结业作业"), description=_l("由两人分别评分，互相看不到；相差较大的由第三人评分。"))

    @property
    def due_at(self) -> dt.datetime:
        """The moment typed."""
        return _city(self.due.data)


class WorkForm(BaseForm):
    """What a member hands in; the file is read beside it."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    text = TextAreaField(_l("正文"), [Optional()], render_kw={"rows": 10})


class MarkForm(BaseForm):
    """Points and a comment."""

    points = IntegerField(
        _l("分数"), [InputRequired(NEEDED), NumberRange(0, 100, _l("应在 %(min)s 到 %(max)s 之间"))],
        description=_l("满分 100 分。"), render_kw={"inputmode": "numeric"},
    )  # fmt: skip
    comment = TextAreaField(
        _l("评语"), [Optional(), Length(max=2000, message=_TOO_LONG)], description=_l("评分完成后学员会看到。")
    )


class WaveForm(BaseForm):
    """A wave of rotation training."""

    title = StringField(_l("名称"), [InputRequired(NEEDED), Length(max=60, message=_TOO_LONG)])
    org = SelectField(_l("哪个单位的人"), [InputRequired(PICK)], description=_l("含下级单位。"))
    category = SelectField(_l("参加哪类班"), [InputRequired(PICK)])
    posts = SelectMultipleField(
        _l("岗位"), [Optional()], widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(),
        description=_l("不勾选表示所有岗位。"),
    )  # fmt: skip
    trained_before = DateField(
        _l("在哪天以前参加过的也要再参加"), [InputRequired(NEEDED)],
        description=_l("从未参加的一定邀请；这一天及以后结业的不邀请。"),
    )  # fmt: skip
    due_on = DateField(_l("最晚完成日期"), [InputRequired(NEEDED)], description=_l("含当天。"))


class RoomForm(BaseForm):
    """A room of a unit."""

    org = SelectField(_l("单位"), [InputRequired(PICK)])
    name = StringField(_l("教室名称"), [InputRequired(NEEDED), Length(max=60, message=_TOO_LONG)])
    address = StringField(_l("地址"), [Optional(), Length(max=120, message=_TOO_LONG)])
    places = IntegerField(
        _l("座位数"), [InputRequired(NEEDED), NumberRange(1, 5000, _l("应在 %(min)s 到 %(max)s 之间"))]
    )
    active = BooleanField(_l("可以排课"), default=True)


def _number(name: str, label: Any, help_text: Any = "") -> IntegerField:
    least, most = LIMITS[name]
    between = NumberRange(least, most, _l("应在 %(min)s 到 %(max)s 之间"))
    return IntegerField(label, [InputRequired(NEEDED), between], description=help_text)


class RuleForm(BaseForm):
    """How classes of a category that begin from a day on are run."""

    credit_mode = RadioField(
        _l("继续教育时长"), choices=[SelectChoice(key.value, text) for key, text in wording.CREDIT_MODES.items()]
    )
    credit_category = RadioField(
        _l("科目类别"), choices=[SelectChoice(key, text) for key, text in wording.CREDIT_CATEGORIES.items()]
    )
    late_minutes = _number("late_minutes", _l("几分钟后算迟到"))
    warn_percent = _number("warn_percent", _l("缺课超过百分之几提醒"), _l("按全班计划时长计算。"))
    absent_percent = _number("absent_percent", _l("缺课超过百分之几可以淘汰"))
    missing_assignments = _number("missing_assignments", _l("最多可以少交几份作业"))
    warn_days = _number("warn_days", _l("提醒后满几天才能淘汰"))
    pass_points = _number("pass_points", _l("作业合格分"), _l("满分 100 分。"))
    capstone_gap = _number("capstone_gap", _l("结业作业两人评分最多相差几分"), _l("超过的由第三人评分。"))
    repeat_months = _number("repeat_months", _l("每几个月应参加一次"), _l("用于轮训；没有要求的填 0。"))
    valid_from = DateField(_l("从哪天起开班的"), [InputRequired(NEEDED)], description=_l("已开放报名的班级不变。"))
    note = StringField(
        _l("依据或说明"), [InputRequired(_l("请写明依据，如文件名和文号")), Length(max=300, message=_TOO_LONG)]
    )

    @classmethod
    def showing(cls, rule: ClassRule | None) -> RuleForm:
        """The form for the rule that follows another; posted values come first."""
        if rule is None:
            start = {"late_minutes": 10, "warn_percent": 10, "absent_percent": 20, "missing_assignments": 0}
            rest = {"warn_days": 3, "pass_points": 60, "capstone_gap": 10, "repeat_months": 0}
            return cls(data={**start, **rest, "credit_mode": "meeting", "credit_category": "professional"})
        names = [*LIMITS, "credit_category"]
        return cls(data={**{name: getattr(rule, name) for name in names}, "credit_mode": rule.credit_mode.value})

    def rule(self, category: str) -> NewRule:
        """What was typed."""
        numbers = {name: getattr(self, name).data for name in LIMITS}
        return NewRule(
            category=category,
            valid_from=self.valid_from.data,
            credit_mode=CreditMode(self.credit_mode.data),
            credit_category=self.credit_category.data,
            note=self.note.data.strip(),
            **numbers,
        )


class CategoryForm(RuleForm):
    """A new category with its first rule."""

    code = StringField(
        _l("代码"), [InputRequired(NEEDED), Length(max=31)], description=_l("小写字母、数字和下划线，定了不能再改。")
    )
    title = StringField(_l("名称"), [InputRequired(NEEDED), Length(max=40, message=_TOO_LONG)])
    title_en = StringField(_l("英文名称"), [Optional(), Length(max=80, message=_TOO_LONG)])


class NameForm(BaseForm):
    """The name of a category, and whether new classes of it can be made."""

    title = StringField(_l("名称"), [InputRequired(NEEDED), Length(max=40, message=_TOO_LONG)])
    title_en = StringField(_l("英文名称"), [Optional(), Length(max=80, message=_TOO_LONG)])
    is_open = BooleanField(_l("可以新建这类班级"))
