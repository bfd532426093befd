"""Forms of the hours pages."""

from __future__ import annotations

from wtforms import IntegerField, RadioField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from lms.credits.counting import LONGEST
from lms.credits.wording import CATEGORIES
from lms.kernel.i18n import lazy_gettext as _l
from lms.webkit.forms import BaseForm


class CorrectionForm(BaseForm):
    """What an entry should have said, and why."""

    minutes = IntegerField(
        _l("应计时长（分钟）"),
        validators=[
            InputRequired(_l("请填写分钟数，0 表示不计")),
            NumberRange(0, LONGEST, _l("应在 %(min)s 到 %(max)s 之间")),
        ],
        description=_l("1 小时为 60 分钟；填 0 表示这一条不应计入。"),
    )
    category = RadioField(_l("科目类别"), choices=[SelectChoice(key.value, text) for key, text in CATEGORIES.items()])
    reason = TextAreaField(
        _l("更正理由"),
        validators=[InputRequired(_l("请写明更正的理由")), Length(max=300, message=_l("最多 300 字"))],
        description=_l("本人可以看到。"),
    )
