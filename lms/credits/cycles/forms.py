"""Forms of cycles: a past day, an extension, an exception."""

from __future__ import annotations

from wtforms import DateField, HiddenField, TextAreaField
from wtforms.validators import InputRequired, Length

from lms.credits.cycles.changing import LONGEST_REASON
from lms.kernel.i18n import lazy_gettext as _l
from lms.webkit.forms import BaseForm


def _reason() -> TextAreaField:
    return TextAreaField(
        _l("理由"),
        validators=[
            InputRequired(_l("请写明理由")),
            Length(max=LONGEST_REASON, message=_l("最多 %(max)d 个字")),
        ],
        description=_l("本人可以看到。"),
        render_kw={"rows": 3},
    )


class ExtensionForm(BaseForm):
    """A later last day. `seen` is the one the officer saw."""

    seen = HiddenField()
    last_day = DateField(_l("延长到"), [InputRequired(_l("请选择日期"))], description=_l("含这一天。"))
    reason = _reason()


class ExceptionForm(BaseForm):
    """Freeing, or binding again. `seen` is the last day the officer saw."""

    seen = HiddenField()
    reason = _reason()
