"""Forms of the certificate pages."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from lms.kernel.i18n import lazy_gettext as _l
from lms.webkit.forms import BaseForm


class VerifyForm(BaseForm):
    """What the public asks: whether there is a certificate with this number for this person."""

    number = StringField(
        _l("证书编号"),
        validators=[InputRequired(_l("请填写证书编号")), Length(max=60, message=_l("编号太长"))],
        description=_l("印在证书左下方，例如 CDSGY-2026-000001。"),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )
    name = StringField(
        _l("持证人姓名"),
        validators=[InputRequired(_l("请填写持证人姓名")), Length(max=60, message=_l("姓名太长"))],
        render_kw={"autocomplete": "off"},
    )


class ReasonForm(BaseForm):
    """Why a certificate is revoked or corrected."""

    reason = TextAreaField(
        _l("理由"),
        validators=[InputRequired(_l("请写明理由")), Length(max=300, message=_l("最多 300 字"))],
        description=_l("会写进审计日志，持证人可以看到。"),
    )


class RosterForm(BaseForm):
    """A spreadsheet of names and numbers to verify."""

    file = FileField(
        _l("名单"),
        description=_l("Excel（.xlsx），第一行是表头，要有“姓名”和“证书编号”两列，最多 5,000 行。"),
        render_kw={"accept": ".xlsx"},
    )
