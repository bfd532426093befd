"""Forms of outside learning: the claim on a phone, the officers' rule."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from lms.credits.evidence import wording
from lms.credits.evidence.cases import PROOFS
from lms.credits.evidence.dto import Activity, NewRule
from lms.credits.evidence.models import EvidenceClaim, EvidenceRule
from lms.credits.evidence.rules import MOST_HALVES, Unit
from lms.credits.evidence.service.assessing import LONGEST
from lms.credits.evidence.service.setting import MOST_MINUTES, MOST_MONTHS
from lms.credits.models import Category
from lms.credits.wording import CATEGORIES
from lms.kernel.i18n import Localized, zh
from lms.kernel.i18n import lazy_gettext as _l
from lms.webkit.forms import BaseForm, SeenField

_TOO_LONG = _l("最多 %(max)d 个字")


def _whole(value: Decimal | None, per_unit: int, most: int) -> int:
    """A typed number times `per_unit` as a whole number; -1 for what is not one, or is out of all measure."""
    if value is None or not value.is_finite() or not 0 <= value <= most:
        return -1
    times = value * per_unit
    return int(times) if times == times.to_integral_value() else -1


class ClaimForm(BaseForm):
    """What somebody learned outside; the files are read beside it. `unit` is the one the amount is asked for in."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    unit = HiddenField()
    title = StringField(
        _l("活动名称"),
        [InputRequired(_l("请填写活动名称")), Length(max=LONGEST, message=_TOO_LONG)],
        description=_l("照证明材料上的全称填写。"),
        render_kw={"maxlength": LONGEST},
    )
    organiser = StringField(
        _l("举办单位"),
        [InputRequired(_l("请填写举办单位")), Length(max=LONGEST, message=_TOO_LONG)],
        render_kw={"maxlength": LONGEST},
    )
    first_day = DateField(_l("开始日期"), [InputRequired(_l("请选择日期"))])
    last_day = DateField(
        _l("结束日期"), [InputRequired(_l("请选择日期"))], description=_l("只有一天的，与开始日期相同。")
    )
    amount = DecimalField(
        _l("数量"),
        [InputRequired(_l("请填写数量，最小 0.5，按 0.5 递增"))],
        places=None,
        render_kw={"inputmode": "decimal", "autocomplete": "off"},
    )

    @classmethod
    def asking(cls, unit: Unit, **values: Any) -> ClaimForm:
        """The form that asks for the amount in a unit; a whole item needs none."""
        form = cls(**values)
        form.ask_in(unit)
        return form

    def ask_in(self, unit: Unit) -> None:
        """Ask for the amount in a unit from now on."""
        self.unit.data = unit.value
        if unit is Unit.ITEM:
            del self.amount

    @property
    def asked_unit(self) -> Unit | None:
        """The unit the amount was typed in."""
        return Unit(self.unit.data) if self.unit.data in set(Unit) else None

    def activity(self, code: str, unit: Unit) -> Activity:
        """What was typed."""
        asks = "amount" in self
        return Activity(
            code=code,
            title=(self.title.data or "").strip(),
            organiser=(self.organiser.data or "").strip(),
            first_day=self.first_day.data,
            last_day=self.last_day.data,
            halves=_whole(self.amount.data, 2, MOST_HALVES) if asks else 2,
            unit=unit,
        )


class AmendForm(ClaimForm):
    """The answer to a return; `key` holds the round that is answered."""

    key = SeenField()
    note = TextAreaField(
        _l("补正说明"),
        [Optional(), Length(max=1000, message=_TOO_LONG)],
        description=_l("改了什么、补了什么；没有补交的材料请写明原因。"),
        render_kw={"rows": 3},
    )


def shown(claim: EvidenceClaim) -> dict[str, Any]:
    """A claim as the values of its form."""
    return {
        "title": claim.title,
        "organiser": claim.organiser,
        "first_day": claim.first_day,
        "last_day": claim.last_day,
        "amount": Decimal(claim.amount_halves) / 2,
    }


class HoursField(DecimalField):  # type: ignore[misc]
    """A number of 小时 that comes to whole minutes; empty for none."""

    @property
    def minutes(self) -> int | None:
        """The minutes, None for nothing typed, -1 for what cannot be."""
        return None if self.data is None else _whole(self.data, 60, MOST_MINUTES)


def _cap(label: Any, hint: Any = "") -> HoursField:
    return HoursField(label, [Optional()], places=None, description=hint, render_kw={"inputmode": "decimal"})


class RuleForm(BaseForm):
    """How a kind of outside learning counts from a day on."""

    code = StringField(
        _l("代码"),
        [InputRequired(_l("请填写代码")), Length(max=31, message=_TOO_LONG)],
        description=_l("小写字母、数字和下划线，如 lecture。定了不能再改。"),
    )
    title = StringField(_l("名称"), [InputRequired(_l("请填写名称")), Length(max=60, message=_TOO_LONG)])
    title_en = StringField(_l("英文名称"), [Optional(), Length(max=80, message=_TOO_LONG)])
    hint = StringField(_l("给申报人的说明"), [Optional(), Length(max=200, message=_TOO_LONG)])
    hint_en = StringField(_l("说明的英文"), [Optional(), Length(max=300, message=_TOO_LONG)])
    category = RadioField(_l("科目类别"), choices=[SelectChoice(key.value, text) for key, text in CATEGORIES.items()])
    unit = SelectField(
        _l("计量单位"),
        choices=[SelectChoice(key.value, text) for key, text in wording.UNITS.items()],
        description=_l("申报人按它填写数量。"),
    )
    unit_minutes = IntegerField(
        _l("每单位折多少分钟"),
        [InputRequired(_l("请填写分钟数")), NumberRange(1, MOST_MINUTES, _l("应在 %(min)s 到 %(max)s 之间"))],
        description=_l("小时固定为 60；学时通常为 45；整项填写定额。"),
    )
    cap_activity = _cap(_l("单次上限（小时）"), _l("不填表示没有上限。"))
    cap_year = _cap(_l("每年上限（小时）"), _l("按活动结束日期所在的公历年。"))
    cap_period = _cap(_l("每个登记周期上限（小时）"), _l("按活动结束日期所在的登记周期。"))
    once = BooleanField(_l("终身只计一次"))
    claim_months = IntegerField(
        _l("活动结束后几个月内可以申报"),
        [InputRequired(_l("请填写月数")), NumberRange(1, MOST_MONTHS, _l("应在 %(min)s 到 %(max)s 之间"))],
        description=_l("到那个月的同一天为止，含当天。"),
    )
    proofs = SelectMultipleField(
        _l("必须提交的证明"),
        choices=[SelectChoice(proof.key, proof.title) for proof in PROOFS],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validators=[Optional()],
    )
    is_open = BooleanField(_l("接受申报"), description=_l("不勾选的，从生效日期起结束的活动不再接受。"))
    valid_from = DateField(
        _l("从哪天起结束的活动"),
        [InputRequired(_l("请选择日期"))],
        description=_l("按活动结束日期适用；已提交的申报仍按提交时的规定。"),
    )
    note = StringField(
        _l("依据或说明"),
        [InputRequired(_l("请写明依据，如文件名和文号")), Length(max=300, message=_TOO_LONG)],
        description=_l("文件名和文号。"),
    )

    @classmethod
    def showing(cls, rule: EvidenceRule | None) -> RuleForm:
        """The form for the next rule of a kind, which keeps its code, or for a new kind; posted values come first."""
        if rule is None:
            data = {"category": Category.PROFESSIONAL.value, "unit_minutes": 60, "claim_months": 12, "is_open": True}
            return cls(data=data)
        names = ("unit_minutes", "once", "claim_months", "proofs", "is_open")
        texts = {"title": rule.title, "hint": rule.hint}
        form = cls(
            data={
                **{name: getattr(rule, name) for name in names},
                **{name: text.get("zh_CN", "") for name, text in texts.items()},
                **{f"{name}_en": text.get("en", "") for name, text in texts.items()},
                "category": rule.category.value,
                "unit": rule.unit.value,
                "cap_activity": _hours(rule.cap_activity),
                "cap_year": _hours(rule.cap_year),
                "cap_period": _hours(rule.cap_period),
            }
        )
        del form.code
        return form

    def rule(self, code: str = "") -> NewRule:
        """What was typed, for the kind with a code or else for the one typed."""
        return NewRule(
            code=code or self.code.data,
            valid_from=self.valid_from.data,
            title=_both(self.title.data, self.title_en.data),
            hint=_both(self.hint.data, self.hint_en.data),
            category=Category(self.category.data),
            unit=Unit(self.unit.data),
            unit_minutes=self.unit_minutes.data,
            cap_activity=self.cap_activity.minutes,
            cap_year=self.cap_year.minutes,
            cap_period=self.cap_period.minutes,
            once=self.once.data,
            claim_months=self.claim_months.data,
            proofs=tuple(self.proofs.data or ()),
            is_open=self.is_open.data,
            note=self.note.data,
        )


def _hours(minutes: int | None) -> Decimal | None:
    return None if minutes is None else Decimal(minutes) / 60


def _both(chinese: str | None, english: str | None) -> Localized:
    return zh((chinese or "").strip(), (english or "").strip())
