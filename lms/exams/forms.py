"""Forms of the officers' exam pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    DecimalField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from lms.exams.dto import Blueprint, Part
from lms.exams.models import Display, Exam, ExamSession, KeyRelease
from lms.exams.service.exams import ExamPlan
from lms.kernel import clock
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import listed
from lms.questions import kinds
from lms.questions.dto import MULTIPLE, SINGLE
from lms.webkit.forms import BaseForm

PARTS = 6
_NEEDED = _l("请填写这一项")
_TIMES = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]  # what browsers send


class PartForm(Form):  # type: ignore[misc]
    """One part of a paper; a row without a count is left out."""

    kind = SelectField(
        _l("题型"),
        choices=lambda: [SelectChoice(key, one.title) for key, one in kinds.offered().items()],
        default=SINGLE,
    )
    count = IntegerField(_l("题数"), validators=[Optional(), NumberRange(0, 500, _l("应在 0 到 500 之间"))])
    points = StringField(_l("限定考点"), validators=[Optional(), Length(max=200)])


class ExamForm(BaseForm):
    """An exam's plan."""

    title_zh = StringField(_l("名称"), validators=[InputRequired(_NEEDED), Length(max=80)])
    title_en = StringField(_l("英文名称"), validators=[Optional(), Length(max=120)])
    slug = StringField(
        _l("标识"),
        validators=[
            InputRequired(_NEEDED),
            Length(max=80),
            Regexp(r"[a-z0-9]+(-[a-z0-9]+)*\Z", message=_l("只用小写字母、数字和短横线")),
        ],
        description=_l("用于网址，建好后不能改。"),
    )
    bank = SelectField(_l("题库"), validators=[InputRequired(_NEEDED)])
    org = SelectField(_l("主办单位"), validators=[InputRequired(_NEEDED)])
    parts = FieldList(FormField(PartForm), _l("试卷"), min_entries=PARTS, max_entries=PARTS)
    minutes = IntegerField(
        _l("考试时长（分钟）"), validators=[InputRequired(_NEEDED), NumberRange(1, 600)], default=120
    )
    pass_marks = DecimalField(
        _l("合格线（分）"), places=1, validators=[InputRequired(_NEEDED), NumberRange(0.5, 1000)], default=60
    )
    forms = IntegerField(
        _l("试卷套数"),
        validators=[InputRequired(_NEEDED), NumberRange(1, 20)],
        default=2,
        description=_l("每套题目不同或顺序不同，按准考证号轮流分配。"),
    )
    shuffle_options = BooleanField(_l("打乱选项顺序"), default=True)
    display = RadioField(
        _l("显示方式"),
        choices=[SelectChoice(Display.ONE.value, _l("一题一屏")), SelectChoice(Display.ALL.value, _l("全部题目"))],
        default=Display.ONE.value,
    )
    key_release = RadioField(
        _l("答案与解析"),
        choices=[
            SelectChoice(KeyRelease.NEVER.value, _l("不公布，题目还要再用")),
            SelectChoice(KeyRelease.WITH_RESULTS.value, _l("随成绩公布")),
        ],
        default=KeyRelease.NEVER.value,
    )
    course_slug = SelectField(_l("报名前须学完的课程"), validators=[Optional()])

    def plan(self, certificate_kind: str = "") -> ExamPlan:
        """What was typed."""
        title = {"zh_CN": (self.title_zh.data or "").strip()}
        if self.title_en.data:
            title["en"] = self.title_en.data.strip()
        return ExamPlan(
            title=title,
            blueprint=Blueprint(tuple(self._parts()), bool(self.shuffle_options.data)),
            minutes=self.minutes.data or 0,
            pass_half_points=round((self.pass_marks.data or 0) * 2),
            forms=self.forms.data or 1,
            display=Display(self.display.data),
            key_release=KeyRelease(self.key_release.data),
            course_slug=self.course_slug.data or "",
            certificate_kind=certificate_kind,
        )

    def show(self, exam: Exam) -> None:
        """Fill in what an exam says now."""
        blueprint = Blueprint.from_json(exam.blueprint)
        self.title_zh.data, self.title_en.data = exam.title.get("zh_CN", ""), exam.title.get("en", "")
        self.minutes.data, self.forms.data = exam.minutes, exam.forms
        self.pass_marks.data = exam.pass_half_points / 2
        self.shuffle_options.data = blueprint.shuffle_options
        self.display.data, self.key_release.data = exam.display.value, exam.key_release.value
        self.course_slug.data = exam.course_slug
        for row, part in zip(self.parts, blueprint.parts, strict=False):
            if part.kind not in kinds.offered():  # shown as it is, never silently as another type
                row.kind.choices = [*row.kind.choices, SelectChoice(part.kind, kinds.title(part.kind))]
            row.kind.data, row.count.data, row.points.data = part.kind, part.count, listed(part.points)

    def suggest(self) -> None:
        """A new form begins as the national exam's objective paper."""
        for row, (kind, count) in zip(self.parts, ((SINGLE, 60), (MULTIPLE, 20)), strict=False):
            row.kind.data, row.count.data = kind, count

    def _parts(self) -> Sequence[Part]:
        types = kinds.offered()
        return [
            Part(row.kind.data, row.count.data, types[row.kind.data].half_points, codes(row.points.data))
            for row in self.parts
            if row.count.data
        ]


class SessionForm(BaseForm):
    """When a session takes place, in the city's time."""

    opens_at = DateTimeLocalField(_l("开考时间"), format=_TIMES, validators=[InputRequired(_NEEDED)])
    closes_at = DateTimeLocalField(
        _l("结束时间"),
        format=_TIMES,
        validators=[InputRequired(_NEEDED)],
        description=_l("到这时统一收卷。晚开考的人时间相应减少，个别加时除外。"),
    )
    register_until = DateTimeLocalField(_l("报名截止"), format=_TIMES, validators=[InputRequired(_NEEDED)])

    def moments(self) -> dict[str, dt.datetime]:
        """The typed times as moments."""
        typed = {
            "opens_at": self.opens_at.data,
            "closes_at": self.closes_at.data,
            "register_until": self.register_until.data,
        }
        return {
            name: value.replace(tzinfo=clock.CITY_ZONE).astimezone(dt.UTC)
            for name, value in typed.items()
            if value is not None
        }

    def show(self, session: ExamSession) -> None:
        """Fill in a session's times."""
        for name in ("opens_at", "closes_at", "register_until"):
            local = getattr(session, name).astimezone(clock.CITY_ZONE)
            self[name].data = local.replace(tzinfo=None)


class ListForm(BaseForm):
    """Candidates to register."""

    people = TextAreaField(
        _l("名单"),
        validators=[InputRequired(_NEEDED), Length(max=60_000)],
        description=_l("每行一个证件号码或手机号码。"),
    )
    skip_faulty = BooleanField(_l("跳过有问题的行，只为其余的人报名"))


class ReasonForm(BaseForm):
    """Why something is called off."""

    reason = TextAreaField(
        _l("原因"), validators=[InputRequired(_NEEDED), Length(max=200)], description=_l("已报名的人会收到这段话。")
    )


class ExtraForm(BaseForm):
    """Extra minutes of one seat."""

    minutes = IntegerField(_l("加时（分钟）"), validators=[InputRequired(_NEEDED), NumberRange(0, 240)])


def codes(text: str | None) -> tuple[str, ...]:
    """Syllabus codes as people type them, parted by anything that is no digit or dot."""
    cleaned = "".join(char if char.isdecimal() or char == "." else " " for char in text or "")
    return tuple(cleaned.split())
