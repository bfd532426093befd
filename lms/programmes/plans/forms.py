"""Forms of plans. Measures are read beside them, `lms.programmes.plans.views.typed`."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import BooleanField, DateField, HiddenField, RadioField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from lms.kernel.i18n import lazy_gettext as _l
from lms.programmes.plans import wording
from lms.programmes.plans.rules import LONGEST, Outcome
from lms.webkit.forms import BaseForm, SeenField

_TOO_LONG = _l("最多 %(max)d 个字")


class PlanForm(BaseForm):
    """A plan's text; `edit` is the draft seen. What is missing is the rules' to say."""

    edit = SeenField()
    goals = TextAreaField(
        _l("培养目标"), description=_l("到计划结束时，要达到什么。"), render_kw={"rows": 4, "maxlength": LONGEST}
    )
    reason = TextAreaField(_l("为什么调整"), render_kw={"rows": 2})


class ReportForm(BaseForm):
    """A report on a measure; the file is read beside it."""

    key = HiddenField(validators=[InputRequired(), Length(max=80)])
    done_on = DateField(_l("哪天做的"), [InputRequired(_l("请选择日期"))])
    text = TextAreaField(
        _l("做了什么，有什么成果"),
        [InputRequired(_l("请填写")), Length(max=LONGEST, message=_TOO_LONG)],
        description=_l("不写服务对象的真实姓名。"),
        render_kw={"rows": 5},
    )
    completes = BooleanField(_l("这项措施已经全部完成"), description=_l("只是阶段进展的，不勾。"))


class WordsForm(BaseForm):
    """A mentor's words on a look."""

    text = TextAreaField(
        _l("考察意见"),
        [InputRequired(_l("请填写")), Length(max=LONGEST, message=_TOO_LONG)],
        description=_l("目标和措施进展怎样，下一步建议什么。保存后不能再改。"),
        render_kw={"rows": 8},
    )


class OutcomeForm(BaseForm):
    """What comes of a look."""

    outcome = RadioField(_l("考察结果"), [InputRequired(_l("请从列表里选择"))])
    words = TextAreaField(
        _l("理由和要求"),
        [InputRequired(_l("请写明理由和要求")), Length(max=500, message=_TOO_LONG)],
        render_kw={"rows": 3},
    )

    @classmethod
    def offering(cls, outcomes: Sequence[Outcome], *, blank: bool) -> OutcomeForm:
        """The form with the outcomes that are open."""
        form = cls(formdata=None) if blank else cls()
        form.outcome.choices = [SelectChoice(one.value, wording.OUTCOMES[one]) for one in outcomes]
        return form


class AnswerForm(BaseForm):
    """A mentor's words on a report: needed to return it."""

    reason = TextAreaField(_l("意见"), [Optional(), Length(max=500, message=_TOO_LONG)], render_kw={"rows": 3})
