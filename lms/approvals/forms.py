"""Forms of the approvals' pages."""

from __future__ import annotations

from typing import Any

from wtforms import (
    DateField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from lms.access.roles import roles
from lms.approvals.chain import MOST_DAYS, MOST_STEPS, ChainPlan, ChainStep
from lms.approvals.models import Level, Outcome
from lms.approvals.policy import DECIDE
from lms.approvals.wording import LEVELS, OUTCOMES
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import zh
from lms.webkit.forms import BaseForm

_TOO_LONG = _l("最多 %(max)d 个字")


def _days(label: Any, *more: Any, least: int = 1, **options: Any) -> IntegerField:
    limits = NumberRange(least, MOST_DAYS, _l("应为 %(min)s 至 %(max)s 个工作日"))
    return IntegerField(label, [*more, limits], **options)


class DecideForm(BaseForm):
    """One decision. Which items are missing is read beside the form: they are this case's own."""

    seen = HiddenField()
    outcome = RadioField(
        _l("决定"),
        choices=[SelectChoice(key.value, text) for key, text in OUTCOMES.items()],
        validators=[InputRequired(_l("请选择"))],
    )
    reason = TextAreaField(
        _l("意见或理由"),
        [Length(max=1000, message=_TOO_LONG)],
        description=_l("同意时可以不填；不予通过时必须写明理由。申请人会看到。"),
        render_kw={"rows": 3},
    )

    @property
    def chosen(self) -> Outcome:
        return Outcome(self.outcome.data)


class BulkForm(BaseForm):
    """One remark for all the cases approved together."""

    reason = StringField(
        _l("审核意见"), [Optional(), Length(max=300, message=_TOO_LONG)], description=_l("写给所选的每一位申请人。")
    )


class CorrectionForm(BaseForm):
    """The applicant's answer to a return."""

    round = HiddenField()
    note = TextAreaField(
        _l("补正说明"),
        [Optional(), Length(max=1000, message=_TOO_LONG)],
        description=_l("改了什么、补了什么；没有补交的材料请写明原因。"),
        render_kw={"rows": 3},
    )


class WithdrawForm(BaseForm):
    reason = StringField(_l("撤回的原因"), [Optional(), Length(max=300, message=_TOO_LONG)])


class ReasonForm(BaseForm):
    reason = TextAreaField(
        _l("理由"),
        [InputRequired(_l("请写明理由")), Length(max=500, message=_TOO_LONG)],
        render_kw={"rows": 3},
    )


class StepForm(Form):  # type: ignore[misc]
    """A step of a chain; a row without title and level is no step."""

    title = StringField(_l("环节名称"), [Length(max=40, message=_TOO_LONG)])
    title_en = StringField(_l("英文名称"), [Optional(), Length(max=60, message=_TOO_LONG)])
    level = SelectField(
        _l("哪一级"),
        choices=[SelectChoice("", _l("不用这一行")), *(SelectChoice(key.value, text) for key, text in LEVELS.items())],
    )
    role = SelectField(
        _l("由什么角色办理"),
        choices=lambda: [SelectChoice(key, one.title) for key, one in roles().items() if DECIDE in one.permissions],
    )
    days = _days(_l("工作日"), Optional())
    instructions = TextAreaField(
        _l("审核要点"), [Optional(), Length(max=500, message=_TOO_LONG)], render_kw={"rows": 2, "lang": "zh-CN"}
    )
    instructions_en = TextAreaField(
        _l("英文审核要点"), [Optional(), Length(max=800, message=_TOO_LONG)], render_kw={"rows": 2}
    )

    @property
    def is_used(self) -> bool:
        return bool(self.level.data or (self.title.data or "").strip())

    def step(self) -> ChainStep:
        """The step as typed; what is missing is found by `chain.faults`."""
        return ChainStep(
            title=zh((self.title.data or "").strip(), (self.title_en.data or "").strip()),
            level=Level(self.level.data or Level.CITY),
            days=self.days.data or 0,
            role=self.role.data,
            instructions=zh((self.instructions.data or "").strip(), (self.instructions_en.data or "").strip()),
        )


class ChainForm(BaseForm):
    """A chain from a day on."""

    steps = FieldList(FormField(StepForm), min_entries=MOST_STEPS, max_entries=MOST_STEPS)
    notice_days = _days(
        _l("公示期（工作日）"),
        Optional(),
        least=0,
        description=_l("不填表示不公示，最后一个环节通过即办结；填 0 表示只公布名单，不等异议。"),
    )
    correction_days = _days(
        _l("补正期限（工作日）"), Optional(), description=_l("不填表示不限期；限期内未补正视为撤回。")
    )
    returns = IntegerField(
        _l("每个环节最多退回几次"),
        [InputRequired(_l("请填写")), NumberRange(0, 5, _l("应为 %(min)s 至 %(max)s 次"))],
        description=_l("要补正的内容应当一次告知，一般为 1 次。"),
    )
    valid_from = DateField(
        _l("从哪天起生效"), [InputRequired(_l("请选择日期"))], description=_l("这一天起提交的申请按新的流程办理。")
    )
    note = StringField(
        _l("依据或说明"),
        [InputRequired(_l("请写明依据，如文件名和文号")), Length(max=300, message=_TOO_LONG)],
    )

    @classmethod
    def showing(cls, plan: ChainPlan, **more: Any) -> ChainForm:
        """The form with a plan in it; what was posted comes before it."""
        rows = [
            {
                "title": step.title.get("zh_CN", ""),
                "title_en": step.title.get("en", ""),
                "level": step.level.value,
                "role": step.role,
                "days": step.days,
                "instructions": (step.instructions or {}).get("zh_CN", ""),
                "instructions_en": (step.instructions or {}).get("en", ""),
            }
            for step in plan.steps
        ]
        numbers = {"notice_days": plan.notice_days, "correction_days": plan.correction_days, "returns": plan.returns}
        return cls(data={"steps": rows, **numbers, **more})

    def plan(self) -> ChainPlan:
        """The chain as typed."""
        return ChainPlan(
            steps=tuple(row.form.step() for row in self.steps if row.form.is_used),
            notice_days=self.notice_days.data,
            returns=self.returns.data,
            correction_days=self.correction_days.data,
        )


class SubstituteForm(BaseForm):
    """Who is away, who decides instead, from a day to a day. The people are put in by the view."""

    absent = SelectField(_l("谁不在"), coerce=str, validators=[InputRequired(_l("请选择"))])
    stand_in = SelectField(
        _l("由谁代办"),
        coerce=str,
        validators=[InputRequired(_l("请选择"))],
        description=_l("只列出有审批角色的干部。同一件申请里，代办人和被代办人都不能再办另一个环节。"),
    )
    valid_from = DateField(_l("第一天"), [InputRequired(_l("请选择日期"))])
    valid_to = DateField(_l("最后一天"), [InputRequired(_l("请选择日期"))])
    reason = StringField(_l("原因"), [InputRequired(_l("请写明原因")), Length(max=200, message=_TOO_LONG)])


class NoticeForm(BaseForm):
    """A notice to publish. The cases are ticked beside the form."""

    key = HiddenField()
    org = SelectField(_l("以哪个单位的名义公示"), coerce=str, validators=[InputRequired(_l("请选择"))])
    title = StringField(_l("标题"), [InputRequired(_l("请填写标题")), Length(max=120, message=_TOO_LONG)])
    body = TextAreaField(
        _l("正文"),
        [InputRequired(_l("请填写正文")), Length(max=4000, message=_TOO_LONG)],
        description=_l("写明依据、监督电话和受理异议的部门。空一行分段；名单和起止日期由系统加在后面。"),
        render_kw={"rows": 8},
    )
    days = _days(_l("公示期（工作日）"), InputRequired(_l("请填写")), least=0)


class ObjectionForm(BaseForm):
    """What somebody says against a notice."""

    key = HiddenField()
    name = StringField(
        _l("您的姓名"), [InputRequired(_l("请填写姓名"))], render_kw={"autocomplete": "name", "maxlength": 60}
    )
    contact = StringField(
        _l("联系方式"),
        [InputRequired(_l("请填写电话或邮箱，便于核实"))],
        description=_l("手机号码或邮箱，只给核实的干部看，加密保存。"),
        render_kw={"autocomplete": "tel", "maxlength": 100},
    )
    body = TextAreaField(
        _l("异议内容"),
        [InputRequired(_l("请写明情况"))],
        description=_l("写明哪里不符、有什么依据，10 到 2000 个字。请勿写他人的证件和银行卡号码。"),
        render_kw={"rows": 6, "maxlength": 2000},
    )


class ReceiptForm(BaseForm):
    receipt = StringField(
        _l("回执号"),
        [InputRequired(_l("请填写回执号"))],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "maxlength": 24},
    )


class JudgeForm(BaseForm):
    """What comes of an objection."""

    upheld = RadioField(
        _l("核实结果"),
        choices=[SelectChoice("no", _l("异议不成立")), SelectChoice("yes", _l("异议成立"))],
        validators=[InputRequired(_l("请选择"))],
    )
    answer = TextAreaField(
        _l("核实情况和理由"),
        [InputRequired(_l("请写明核实的情况和理由")), Length(max=1000, message=_TOO_LONG)],
        description=_l("提出异议的人凭回执号可以看到；成立时申请人也会看到，请勿写提出人的信息。"),
        render_kw={"rows": 4},
    )
