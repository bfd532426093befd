"""Forms of programmes: versions, rounds, applications, scores, appointments, supervision."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from lms.kernel import clock
from lms.kernel.i18n import Localized, pick, zh
from lms.kernel.i18n import lazy_gettext as _l
from lms.programmes import wording
from lms.programmes.appointment_models import EndKind
from lms.programmes.dto import NewRound, NewVersion
from lms.programmes.models import Act, Intake, ProgrammeVersion
from lms.programmes.service.applying import LONGEST
from lms.programmes.service.supervising import LONGEST as LOG_LONGEST
from lms.programmes.service.supervising import Session
from lms.webkit.forms import BaseForm, SeenField

Choices = Sequence[tuple[str, str]]
"""Values of a field with what they are called."""
_TOO_LONG = _l("最多 %(max)d 个字")
_SPAN = _l("应在 %(min)s 到 %(max)s 之间")


def _number(label: Any, least: int, most: int, hint: Any = "", *, wanted: bool = True) -> IntegerField:
    needed = [InputRequired(_l("请填写"))] if wanted else [Optional()]
    return IntegerField(
        label, [*needed, NumberRange(least, most, _SPAN)], description=hint, render_kw={"inputmode": "numeric"}
    )


def _date(label: Any, hint: Any = "", *, wanted: bool = True) -> DateField:
    return DateField(label, [InputRequired(_l("请选择日期")) if wanted else Optional()], description=hint)


def _note() -> StringField:
    return StringField(
        _l("依据或说明"),
        [InputRequired(_l("请写明依据，如文件名和文号")), Length(max=300, message=_TOO_LONG)],
        description=_l("文件名和文号。"),
    )


def _both(chinese: str | None, english: str | None) -> Localized:
    return zh((chinese or "").strip(), (english or "").strip())


class VersionForm(BaseForm):
    """What a programme is from a day on. The criteria are read beside it, by the views."""

    code = StringField(
        _l("代码"),
        [InputRequired(_l("请填写代码")), Length(max=40, message=_TOO_LONG)],
        description=_l("小写字母、数字和下划线，如 sup_junior。定了不能再改。"),
    )
    track = SelectField(_l("序列"))
    rung = _number(_l("第几级"), 1, 20, _l("进阶序列从低到高；其他序列是排列次序。"))
    title = StringField(_l("名称"), [InputRequired(_l("请填写名称")), Length(max=60, message=_TOO_LONG)])
    title_en = StringField(_l("英文名称"), [Optional(), Length(max=80, message=_TOO_LONG)])
    summary = StringField(_l("说明"), [Optional(), Length(max=200, message=_TOO_LONG)])
    summary_en = StringField(_l("说明的英文"), [Optional(), Length(max=300, message=_TOO_LONG)])
    act = RadioField(_l("办理方式"), choices=[SelectChoice(key.value, text) for key, text in wording.ACTS.items()])
    intake = SelectField(
        _l("怎样报名"), choices=[SelectChoice(key.value, text) for key, text in wording.INTAKES.items()]
    )
    entry_set = SelectField(_l("报名条件"))
    renewal_set = SelectField(_l("续聘条件"))
    written_exam = SelectField(_l("笔试"), [Optional()])
    written_weight = _number(_l("笔试权重（%）"), 0, 100)
    written_least = _number(_l("笔试最低分"), 0, 100)
    interview_weight = _number(_l("面试或评审权重（%）"), 0, 100)
    interview_least = _number(_l("面试或评审最低分"), 0, 100)
    panel_least = _number(_l("每人至少几位评委评分"), 1, 15)
    outlier_gap = _number(_l("离群提示（分）"), 0, 100, _l("评委给分与中位数相差超过这么多时提示。"))
    notice = BooleanField(_l("结果要公示"), description=_l("公示几个工作日，在审批流程“选拔结果”里设。"))
    term_months = _number(_l("任期或培育期（月）"), 1, 120, _l("没有期限的不填。"), wanted=False)
    plan_months = _number(_l("培养计划的期限（月）"), 1, 120, _l("没有培养计划的不填；不超过任期。"), wanted=False)
    look_months = _number(_l("每几个月考察一次"), 1, 120, _l("和期限一起填；期满那天另有一次。"), wanted=False)
    supervises = BooleanField(_l("任期内可以开展督导"))
    is_open = BooleanField(_l("开展选拔"))
    valid_from = _date(_l("从哪天起"), _l("今天或以后；已发布的选拔仍按发布时的规定。"))
    note = _note()

    @classmethod
    def showing(cls, version: ProgrammeVersion | None, tracks: Choices, sets: Choices, exams: Choices) -> VersionForm:
        """The form for the next version of a programme, which keeps its code, or for a new one."""
        form = cls(data=_shown(version))
        for field in (form.entry_set, form.renewal_set):
            field.choices = [SelectChoice("", _l("没有条件")), *(SelectChoice(code, text) for code, text in sets)]
        form.written_exam.choices = [SelectChoice("", _l("没有笔试")), *(SelectChoice(*one) for one in exams)]
        form.track.choices = [SelectChoice(code, text) for code, text in tracks]
        if version is not None:
            del form.code, form.track, form.rung
        return form

    def version(self, criteria: Sequence[dict[str, Any]]) -> NewVersion:
        """What was typed."""
        names = (
            "written_weight", "written_least", "interview_weight", "interview_least", "panel_least", "outlier_gap",
            "notice", "term_months", "plan_months", "look_months", "supervises", "is_open", "valid_from", "entry_set",
            "renewal_set",
        )  # fmt: skip
        return NewVersion(
            **{name: self[name].data for name in names},
            title=_both(self.title.data, self.title_en.data),
            summary=_both(self.summary.data, self.summary_en.data),
            act=Act(self.act.data),
            intake=Intake(self.intake.data),
            written_exam=(self.written_exam.data or "").strip(),
            criteria=tuple(criteria),
            note=self.note.data,
        )


def _shown(version: ProgrammeVersion | None) -> dict[str, Any]:
    if version is None:
        return {
            "act": Act.APPOINT.value, "rung": 1, "written_weight": 0, "written_least": 60, "interview_weight": 100,
            "interview_least": 60, "panel_least": 3, "outlier_gap": 15, "notice": True, "is_open": True,
        }  # fmt: skip
    names = (
        "entry_set", "renewal_set", "written_exam", "written_weight", "written_least", "interview_weight",
        "interview_least", "panel_least", "outlier_gap", "notice", "term_months", "plan_months", "look_months",
        "supervises", "is_open",
    )  # fmt: skip
    texts = {"title": version.title, "summary": version.summary}
    return {
        **{name: getattr(version, name) for name in names},
        **{name: text.get("zh_CN", "") for name, text in texts.items()},
        **{f"{name}_en": text.get("en", "") for name, text in texts.items()},
        "act": version.act.value,
        "intake": version.intake.value,
    }


class RoundForm(BaseForm):
    """A call to announce; places kept for counties are read beside it, `places-<unit>`."""

    opens_on = _date(_l("报名开始"))
    closes_on = _date(_l("报名最后一天"), _l("含当天。"))
    written_since = _date(_l("笔试成绩从哪天起的场次算"), _l("没有笔试的照填报名开始日。"))
    places = _number(_l("名额"), 1, 10_000)

    def new(self, programme: str, places_by: dict[uuid.UUID, int]) -> NewRound:
        """What was typed."""
        return NewRound(
            programme=programme,
            opens_on=self.opens_on.data,
            closes_on=self.closes_on.data,
            written_since=self.written_since.data,
            places=self.places.data,
            places_by=places_by,
        )


class ApplyForm(BaseForm):
    """An application or a nomination; the files are read beside it."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    statement = TextAreaField(
        _l("理由和主要业绩"),
        [InputRequired(_l("请写明理由和主要业绩")), Length(max=LONGEST, message=_TOO_LONG)],
        render_kw={"rows": 8, "maxlength": LONGEST},
    )


class ReasonForm(BaseForm):
    """A reason."""

    reason = TextAreaField(
        _l("原因"), [InputRequired(_l("请写明原因")), Length(max=500, message=_TOO_LONG)], render_kw={"rows": 3}
    )


def score_form(version: ProgrammeVersion, given: Mapping[str, Any], comment: str) -> Any:
    """The form of a panel member: a number for each criterion."""
    fields: dict[str, Any] = {
        one["key"]: _number(
            _l("%(title)s（满分 %(most)d）", title=pick(one["title"]), most=int(one["most"])), 0, int(one["most"])
        )
        for one in version.criteria
    }
    fields["comment"] = TextAreaField(
        _l("评语"), [Optional(), Length(max=1000, message=_TOO_LONG)], render_kw={"rows": 3}
    )
    return type("ScoreForm", (BaseForm,), fields)(data={**given, "comment": comment})


class RecordForm(BaseForm):
    """An older appointment."""

    programme = SelectField(_l("项目"))
    starts_on = _date(_l("从哪天起"))
    ends_on = _date(_l("到哪天止"), _l("没有期限的不填。"), wanted=False)
    note = _note()


class RemoveForm(ReasonForm):
    """Ending an appointment by right."""

    kind = RadioField(
        _l("怎样结束"),
        choices=[
            SelectChoice(kind.value, wording.ENDS[kind])
            for kind in (EndKind.STEPPED_DOWN, EndKind.REMOVED, EndKind.CORRECTED)
        ],
        default=EndKind.STEPPED_DOWN.value,
    )
    last_day = _date(_l("最后一天"), _l("今天或以前。"))


class AssessForm(BaseForm):
    """The assessment of a year."""

    year = _number(_l("年份"), 2000, 2100)
    score = _number(_l("得分"), 0, 100)
    comment = StringField(_l("考核说明"), [Optional(), Length(max=300, message=_TOO_LONG)])


class LogForm(BaseForm):
    """A session of supervision as its supervisor writes it: `key` makes a new one, `edit` is the draft seen."""

    key = HiddenField()
    edit = SeenField()
    held_on = _date(_l("督导日期"))
    minutes = _number(_l("时长（分钟）"), 1, 480)
    plan = TextAreaField(
        _l("计划和目标"),
        [InputRequired(_l("请填写")), Length(max=LOG_LONGEST, message=_TOO_LONG)],
        render_kw={"rows": 4},
    )
    content = TextAreaField(
        _l("过程和建议"),
        [InputRequired(_l("请填写")), Length(max=LOG_LONGEST, message=_TOO_LONG)],
        description=_l("不写服务对象的真实姓名。"),
        render_kw={"rows": 6},
    )

    def session(self) -> Session:
        """What was typed."""
        return Session(self.held_on.data, self.minutes.data, self.plan.data, self.content.data)


class ReflectionForm(BaseForm):
    """The other side's reflection."""

    reflection = TextAreaField(
        _l("我的反思"),
        [InputRequired(_l("请写下您的反思")), Length(max=LOG_LONGEST, message=_TOO_LONG)],
        render_kw={"rows": 6},
    )


def today_form(form: type[BaseForm], **data: Any) -> Any:
    """A blank form whose days are today."""
    days = {name: clock.today() for name in ("opens_on", "closes_on", "written_since", "held_on", "last_day")}
    return form(formdata=None, data={**days, **data})
