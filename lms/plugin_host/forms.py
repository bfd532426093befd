"""Forms of the plugin pages."""

from __future__ import annotations

from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from lms.kernel.i18n import lazy_gettext as _l
from lms.webkit.forms import BaseForm


class ReasonForm(BaseForm):
    """Why a plugin is switched off."""

    reason = TextAreaField(
        _l("停用理由"),
        [InputRequired(_l("请写明理由，审计时会看到")), Length(max=400, message=_l("最多 400 个字"))],
        render_kw={"rows": 2},
    )


class OfferForm(BaseForm):
    """For which unit a plugin is on."""

    unit = StringField(
        _l("单位"),
        [InputRequired(_l("请填写单位名称或编码")), Length(max=80)],
        description=_l("对这个单位和它的所有下级单位有效。填写全名或编码。"),
    )
    active = RadioField(
        _l("范围"),
        choices=[
            SelectChoice("on", _l("开通")),
            SelectChoice("off", _l("不开通")),
            SelectChoice("inherit", _l("随上级单位")),
        ],
        default="on",
    )
