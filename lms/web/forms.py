"""Forms of the operators' pages."""

from __future__ import annotations

from typing import Any

from wtforms import DateField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.fields.core import Field
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.validators import Optional as MayBeEmpty

from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.settings import SettingSpec
from lms.webkit.forms import BaseForm

YES, NO = "yes", "no"


class SettingForm(BaseForm):
    """A new value with the day it takes effect. `value` is added for the setting's type by `setting_form`."""

    value: Field
    valid_from = DateField(_l("从哪天起生效"), validators=[InputRequired(_l("请选择日期"))])
    note = StringField(_l("依据或说明"), validators=[InputRequired(_l("请写明依据，如文件名和文号")), Length(max=300)])

    def typed(self, spec: SettingSpec) -> Any:
        """The value in the setting's own type."""
        if isinstance(spec.default, bool):
            return self.value.data == YES
        if isinstance(spec.default, list):
            return [line.strip() for line in (self.value.data or "").splitlines() if line.strip()]
        return (self.value.data or "").strip() if isinstance(spec.default, str) else self.value.data


def setting_form(spec: SettingSpec) -> type[SettingForm]:
    """The form class for one setting: its value field fits the type of the default."""
    return type("OneSettingForm", (SettingForm,), {"value": _value_field(spec)})


def _value_field(spec: SettingSpec) -> Any:
    required = InputRequired(_l("请填写"))
    if isinstance(spec.default, bool):
        return RadioField(
            spec.title, choices=[SelectChoice(YES, _l("是")), SelectChoice(NO, _l("否"))], validators=[required]
        )
    if isinstance(spec.default, int):
        limits = NumberRange(spec.minimum, spec.maximum)
        return IntegerField(spec.title, validators=[required, limits])
    if isinstance(spec.default, list):
        return TextAreaField(spec.title, description=_l("每行一项"), validators=[MayBeEmpty(), Length(max=4000)])
    if spec.choices:
        return RadioField(
            spec.title,
            choices=[SelectChoice(choice, spec.choice_titles.get(choice, choice)) for choice in spec.choices],
            validators=[required],
        )
    return StringField(spec.title, validators=[MayBeEmpty(), Length(max=400)])


def shown(spec: SettingSpec, value: Any) -> Any:
    """A stored value as the form shows it."""
    if isinstance(spec.default, bool):
        return YES if value else NO
    return "\n".join(value) if isinstance(spec.default, list) else value


class WorkingDaysForm(BaseForm):
    """Days on which people rest or work against the published arrangements."""

    first = DateField(_l("第一天"), validators=[InputRequired(_l("请选择日期"))])
    last = DateField(_l("最后一天"), validators=[MayBeEmpty()], description=_l("只有一天时不用填。"))
    kind = RadioField(
        _l("这几天"),
        choices=[SelectChoice("off", _l("放假")), SelectChoice("working", _l("上班（调休）"))],
        default="off",
        validators=[InputRequired(_l("请选择"))],
    )
    note = StringField(
        _l("依据或说明"),
        validators=[InputRequired(_l("请写明依据，如文件名和文号")), Length(max=120, message=_l("最多 120 字"))],
    )
