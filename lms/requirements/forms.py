"""Forms of requirements. The form of a condition's params is made of the schema of its type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, DateField, DecimalField, IntegerField, SelectField, StringField
from wtforms.fields import Field, SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from lms.kernel.i18n import lazy_gettext as _l
from lms.requirements.kinds import RequirementType
from lms.requirements.wording import Speaker
from lms.webkit.forms import BaseForm

_TOO_LONG = _l("最多 %(max)d 个字")
_MOST = 2**31 - 1
PREFIX = "param_"


def can_be_edited(kind: RequirementType) -> bool:
    """Whether the form can ask for every param of a type."""
    return all("enum" in one or one.get("type") in {"integer", "boolean", "string"} for one in kind.params.values())


def params_form(kind: RequirementType, given: Mapping[str, Any] | None = None) -> Any:
    """The form that asks for the params of a condition of a type; `read` reads it."""
    speaker, required = Speaker(), set(kind.schema.get("required", ()))
    fields = {
        PREFIX + name: _field(kind, name, schema, speaker, wanted=name in required)
        for name, schema in kind.params.items()
    }
    shown = {PREFIX + name: _shown(kind, name, value) for name, value in (given or {}).items()}
    return type("ParamsForm", (BaseForm,), fields)(data=shown)


def read(kind: RequirementType, form: Any) -> dict[str, Any] | None:
    """What was typed, as params: what was left empty is left out. None with what is wrong beside its field."""
    if not form.validate_on_submit():
        return None
    found = {name: _read(schema, form[PREFIX + name].data) for name, schema in kind.params.items()}
    params = {name: value for name, value in found.items() if value is not None and value != ""}
    faults = kind.faults(params)
    for name, problem in faults.items():
        said = form[PREFIX + name].errors if name in kind.params else form.form_errors
        said.append(problem)
    return None if faults else params


def _field(kind: RequirementType, name: str, schema: Mapping[str, Any], speaker: Speaker, *, wanted: bool) -> Field:
    label = kind.labels.get(name, name)
    if name in kind.units:
        label = _l("%(label)s（%(unit)s）", label=label, unit=kind.units[name])
    needed = [InputRequired(_l("请填写"))] if wanted else [Optional()]
    options = speaker.options(kind, name)
    if options or "enum" in schema:
        blank = [] if wanted else [SelectChoice("", _l("不限"))]
        return SelectField(label, needed, choices=[*blank, *(SelectChoice(key, text) for key, text in options.items())])
    if schema["type"] == "boolean":
        return BooleanField(label)
    if schema["type"] == "integer":
        least, most, per = schema.get("minimum", 0), schema.get("maximum", _MOST), 60 if schema.get("x-hours") else 1
        span = NumberRange(-(-least // per), most // per, _l("应在 %(min)s 到 %(max)s 之间"))
        if per == 1:
            return IntegerField(label, [*needed, span], render_kw={"inputmode": "numeric"})
        return DecimalField(label, [*needed, span], places=None, render_kw={"inputmode": "decimal"})
    if schema.get("format") == "date":
        return DateField(label, needed)
    return StringField(label, [*needed, Length(max=schema.get("maxLength", 200), message=_TOO_LONG)])


def _shown(kind: RequirementType, name: str, value: Any) -> Any:
    schema = kind.params.get(name, {})
    if schema.get("x-hours"):
        return Decimal(value) / 60
    return dt.date.fromisoformat(value) if schema.get("format") == "date" else value


def _read(schema: Mapping[str, Any], value: Any) -> Any:
    if "enum" in schema:
        return next((one for one in schema["enum"] if str(one) == value), value)
    if schema.get("x-hours") and value is not None:
        return int(value * 60)
    return value.isoformat() if schema.get("format") == "date" and value else value


class NewSetForm(BaseForm):
    """A new name."""

    title = StringField(_l("名称"), [InputRequired(_l("请填写名称")), Length(max=60, message=_TOO_LONG)])
    title_en = StringField(_l("英文名称"), [Optional(), Length(max=80, message=_TOO_LONG)])
    code = StringField(
        _l("代码"),
        [InputRequired(_l("请填写代码")), Length(max=60, message=_TOO_LONG)],
        description=_l("小写字母、数字、点和下划线，如 supervisor.junior。定了不能再改。"),
    )


class PublishForm(BaseForm):
    """From when a draft counts, and on what ground."""

    valid_from = DateField(
        _l("从哪天起"), [InputRequired(_l("请选择日期"))], description=_l("今天或以后。以前的判断不受影响。")
    )
    note = StringField(
        _l("依据或说明"),
        [InputRequired(_l("请写明依据，如文件名和文号")), Length(max=300, message=_TOO_LONG)],
        description=_l("文件名和文号。"),
    )
