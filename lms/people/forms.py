"""Forms of this room."""

from __future__ import annotations

from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from lms.kernel.i18n import lazy_gettext as _l
from lms.people.wording import DOCUMENTS, QUALIFICATIONS
from lms.webkit.forms import BaseForm

_PLAIN = {"autocomplete": "off", "spellcheck": "false"}


def _text(label: Any, limit: int, *, needed: Any = "", hint: Any = "") -> StringField:
    """A line of text; optional unless `needed` says what is missing."""
    first = InputRequired(needed) if needed else Optional()
    too_long = Length(max=limit, message=_l("最多 %(max)d 个字"))
    return StringField(label, [first, too_long], description=hint, render_kw=_PLAIN | {"maxlength": limit})


def _day(label: Any, *, needed: Any = "", hint: Any = "") -> DateField:
    first = InputRequired(needed) if needed else Optional()
    return DateField(label, [first], description=hint)


def _document() -> SelectField:
    return SelectField(_l("证件类型"), choices=[SelectChoice(kind.value, title) for kind, title in DOCUMENTS.items()])


class PersonForm(BaseForm):
    """A new person and where they work."""

    name = _text(_l("姓名"), 60, needed=_l("请填写姓名"))
    id_document = _document()
    id_number = _text(_l("证件号码"), 30, needed=_l("请填写证件号码"))
    birth_date = _day(_l("出生日期"), hint=_l("居民身份证不用填，号码里已有。"))
    phone = _text(_l("手机号码"), 20)
    email = _text(_l("电子邮箱"), 254)
    unit = _text(
        _l("单位"), 120, needed=_l("请填写单位"), hint=_l("编码、名称或完整路径，例如“玉林街道/玉林东路社区”。")
    )
    post = _text(_l("岗位"), 60)
    started_on = _day(_l("入职日期"), needed=_l("请填写入职日期"))


class EditForm(BaseForm):
    """Corrections. Sealed facts are typed anew or left blank: the page never shows them."""

    name = _text(_l("姓名"), 60, needed=_l("请填写姓名"))
    email = _text(_l("电子邮箱"), 254)
    phone = _text(_l("新的手机号码"), 20, hint=_l("空着就不改。"))
    remove_phone = BooleanField(_l("清除手机号码"))
    bank_account = _text(_l("新的银行卡号"), 30, hint=_l("空着就不改。用于发放补贴。"))
    id_document = _document()
    id_number = _text(_l("更正证件号码"), 30, hint=_l("只在登记错了时填写；空着就不改。"))
    birth_date = _day(_l("出生日期"), hint=_l("居民身份证以号码为准。"))


class EmploymentForm(BaseForm):
    unit = _text(_l("单位"), 120, needed=_l("请填写单位"), hint=_l("编码、名称或完整路径。"))
    post = _text(_l("岗位"), 60)
    started_on = _day(_l("入职日期"), needed=_l("请填写入职日期"))


class EndForm(BaseForm):
    ended_on = _day(_l("离职日期"), needed=_l("请填写离职日期"), hint=_l("在职的最后一天。"))


class QualificationForm(BaseForm):
    kind = SelectField(_l("级别"), choices=[SelectChoice(kind.value, title) for kind, title in QUALIFICATIONS.items()])
    certificate_number = _text(_l("证书管理号"), 40, needed=_l("请填写管理号"))
    obtained_on = _day(_l("取得日期"), needed=_l("请填写取得日期"), hint=_l("证书上的批准日期。"))
    registered_from = _day(_l("登记开始"))
    registered_until = _day(_l("登记截止"), hint=_l("登记有效期的最后一天。"))


class RevealForm(BaseForm):
    reason = _text(_l("查看理由"), 200, needed=_l("请写明理由"), hint=_l("会记入审计日志，例如“核对补贴发放”。"))


class FindForm(BaseForm):
    number = _text(_l("完整的证件号码或手机号码"), 30, needed=_l("请填写号码"))


class ExportForm(BaseForm):
    clear = BooleanField(_l("导出完整的证件号码和手机号码"))
    reason = _text(_l("用途"), 200, hint=_l("导出完整号码时必须写明，会记入审计日志。"))


class UploadForm(BaseForm):
    file = FileField(_l("名册文件"), description=_l("Excel (.xlsx)，最大 20 MB。"), render_kw={"accept": ".xlsx"})
    org_id = SelectField(_l("导入到"), description=_l("只能写入这个单位和它的下级。"))
