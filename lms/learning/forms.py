"""Forms of the trainer's desk."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import SelectField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from lms.kernel.i18n import lazy_gettext as _l
from lms.learning import queries
from lms.webkit.forms import BaseForm
from lms.webkit.identity import current_actor


class UploadForm(BaseForm):
    """A zipped package, and the unit that owns the course. Units are those on which the trainer may edit courses."""

    org = SelectField(_l("课程属于"), validators=[InputRequired(_l("请选择单位"))])
    file = FileField(_l("课程包"), description=_l("整个课程包文件夹压缩成的 ZIP 文件。"))

    def offer_units(self) -> None:
        """Fill the choices."""
        units = queries.own_units(current_actor(), "course:edit")
        self.org.choices = [SelectChoice(unit.id.hex, unit.name) for unit in units]


class StepForm(BaseForm):
    """A step of a release with a note for the record."""

    note = TextAreaField(_l("说明"), validators=[Length(max=500, message=_l("最多 500 字"))])
