"""Forms of this room."""

from __future__ import annotations

from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from lms.kernel.i18n import lazy_gettext as _l
from lms.orgs.rules import ADDABLE, KIND_TITLES
from lms.webkit.forms import BaseForm

_NAME = [InputRequired(_l("请填写名称")), Length(max=80, message=_l("最多 80 个字"))]


class AddUnitForm(BaseForm):
    kind = SelectField(_l("类别"), choices=[SelectChoice(kind.value, KIND_TITLES[kind]) for kind in ADDABLE])
    name = StringField(_l("名称"), _NAME)
    uscc = StringField(
        _l("统一社会信用代码"),
        [Optional(), Length(max=40, message=_l("太长了"))],
        description=_l("18 位，社工机构必须填写。"),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )


class RenameForm(BaseForm):
    expected = HiddenField()
    name = StringField(_l("新名称"), _NAME)
    reason = TextAreaField(
        _l("理由"),
        [InputRequired(_l("请写明理由，审计时会看到")), Length(max=400, message=_l("最多 400 个字"))],
        render_kw={"rows": 2},
    )
