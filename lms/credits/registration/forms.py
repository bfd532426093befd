"""The form of an application: what counts is read from the records, the person only stands by it."""

from __future__ import annotations

from wtforms import BooleanField, HiddenField
from wtforms.validators import InputRequired, Length

from lms.kernel.i18n import lazy_gettext as _l
from lms.webkit.forms import BaseForm


class ApplicationForm(BaseForm):
    """An application sent from its page; the files are read beside it."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    true = BooleanField(_l("本人承诺所填信息和提交的材料真实"), validators=[InputRequired(_l("请勾选承诺后再提交"))])
