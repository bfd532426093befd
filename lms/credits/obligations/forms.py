"""The officers' form of a policy."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from lms.credits.obligations.dto import NewPolicy
from lms.credits.obligations.models import LEVELS, ObligationPolicy
from lms.credits.obligations.rules import MOST_MONTHS, MOST_UNITS, UNCERTIFIED, Obligation, Terms, TimeUnit
from lms.credits.obligations.setting import columns
from lms.credits.wording import OWING
from lms.kernel.i18n import lazy_gettext as _l
from lms.webkit.forms import BaseForm

_BETWEEN = _l("应在 %(min)s 到 %(max)s 之间")


def _amount(label: Any, hint: Any = "", least: int = 1) -> IntegerField:
    return IntegerField(label, [Optional(), NumberRange(least, MOST_UNITS, _BETWEEN)], description=hint)


def _months(label: Any, hint: Any, least: int) -> IntegerField:
    return IntegerField(
        label, [InputRequired(_l("请填写月数")), NumberRange(least, MOST_MONTHS, _BETWEEN)], description=hint
    )


class PolicyForm(BaseForm):
    """What an obligation asks for from a later day on."""

    valid_from = DateField(
        _l("从哪天起"), [InputRequired(_l("请选择日期"))], description=_l("晚于今天；已生效的规定不改动。")
    )
    is_on = BooleanField(_l("启用这项要求"), description=_l("不勾选的，从生效日期起不再要求。"))
    running = BooleanField(
        _l("对进行中的周期也适用"),
        description=_l("勾选的，从生效日期起改变已经开始的周期；不勾选的，只用于以后开始的周期。"),
    )
    unit = SelectField(
        _l("计量单位"),
        choices=[SelectChoice(TimeUnit.HOURS.value, _l("小时")), SelectChoice(TimeUnit.CLASS_HOURS.value, _l("学时"))],
    )
    unit_minutes = IntegerField(
        _l("每单位分钟数"),
        [InputRequired(_l("请填写分钟数")), NumberRange(1, 60, _BETWEEN)],
        description=_l("小时固定为 60；学时通常为 45。"),
    )
    assistant = _amount(OWING["assistant"], _l("每个周期的要求；不填表示不要求。"))
    intermediate = _amount(OWING["intermediate"])
    senior = _amount(OWING["senior"])
    uncertified = _amount(OWING[UNCERTIFIED], _l("在岗而没有国家职业资格的人。"))
    parts = IntegerField(
        _l("专业科目至少占：分子"), [InputRequired(_l("请填写整数")), NumberRange(0, 100, _BETWEEN)],
        description=_l("没有比例要求的填 0。"),
    )  # fmt: skip
    whole = IntegerField(
        _l("专业科目至少占：分母"), [InputRequired(_l("请填写整数")), NumberRange(1, 100, _BETWEEN)],
        description=_l("如 2/3 填 2 和 3。"),
    )  # fmt: skip
    cap_professional = _amount(_l("专业科目最多计"), _l("不填表示没有上限。"), 0)
    cap_public = _amount(_l("公需科目最多计"), _l("不填表示没有上限。"), 0)
    carry_most = IntegerField(
        _l("最多结转到下一周期"), [InputRequired(_l("请填写整数")), NumberRange(0, MOST_UNITS, _BETWEEN)],
        description=_l("超出要求的部分只结转一次，只用来补下一周期的缺口；0 表示不结转。"),
    )  # fmt: skip
    carry_months = IntegerField(
        _l("结转在下一周期的前几个月有效"), [Optional(), NumberRange(1, MOST_MONTHS, _BETWEEN)],
        description=_l("不填表示整个周期有效。"),
    )  # fmt: skip
    window_months = _months(_l("到期前几个月为窗口期"), _l("登记周期在窗口期内办理续期。"), 1)
    late_months = _months(
        _l("到期后几个月内可补办"), _l("只放宽办理登记的时间，时长仍只计到期前的学习；0 表示到期后不可补办。"), 0
    )
    note = StringField(
        _l("依据或说明"),
        [InputRequired(_l("请写明依据，如文件名和文号")), Length(max=300, message=_l("最多 %(max)d 个字"))],
        description=_l("文件名和文号。"),
    )

    @classmethod
    def showing(cls, obligation: Obligation, row: ObligationPolicy) -> PolicyForm:
        """The form for the next version; posted values come first."""
        form = cls(data=columns(row.terms()))
        form.fit(obligation)
        return form

    def fit(self, obligation: Obligation) -> None:
        """Leave out what makes no sense for an obligation: without a certificate there is no registration."""
        if obligation is Obligation.REGISTRATION:
            del self.uncertified

    def policy(self, obligation: Obligation) -> NewPolicy:
        """What was typed."""
        asked = {
            level: self[level].data for level in LEVELS if level in self and self[level].data is not None
        }  # fmt: skip
        plain = {
            name: self[name].data
            for name in Terms.__dataclass_fields__
            if name not in {"asked", "unit"}
        }  # fmt: skip
        terms = Terms(asked=asked, unit=TimeUnit(self.unit.data), **plain)
        return NewPolicy(obligation, self.valid_from.data, terms, self.note.data)
