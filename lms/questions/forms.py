"""Forms of the trainer's desk."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import pick, sentences
from lms.questions.dto import MAX_OPTIONS, ParsedItem, QuestionType
from lms.questions.models import SyllabusPoint
from lms.questions.rules import MAX_TEXT, bank_faults, faults, letters, tidy
from lms.questions.wording import DIFFICULTIES, explain
from lms.webkit.forms import BaseForm, ValidationError

_SPARE_ROWS = 2
_WITHIN = Length(max=MAX_TEXT, message=_l("最多 %(max)d 字"))


class OptionForm(Form):  # type: ignore[misc]
    """One option. Its faults are told beside the list."""

    text = TextAreaField(filters=[tidy])
    right = BooleanField()


class ItemForm(BaseForm):
    """An item's text and key; what cannot be edited comes from the version it started from."""

    seen = HiddenField()
    stem = TextAreaField(_l("题干"), filters=[tidy], validators=[DataRequired(_l("请填写题干")), _WITHIN])
    options = FieldList(FormField(OptionForm), label=_l("选项和答案"), max_entries=MAX_OPTIONS)
    explanation = TextAreaField(
        _l("解析"), filters=[tidy], validators=[_WITHIN], description=_l("说明为什么对、其余为什么不对，写明依据。")
    )
    points = SelectMultipleField(
        _l("考点"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(),
        validators=[DataRequired(_l("请至少选一个考点"))],
    )  # fmt: skip
    difficulty = RadioField(_l("难度"), coerce=int)

    start: ParsedItem
    kind: QuestionType

    def begin(self, start: ParsedItem, kind: QuestionType, seen: uuid.UUID, points: Sequence[SyllabusPoint]) -> None:
        """Offer the choices, and on a first visit the texts of `start`, an item of type `kind`."""
        self.start, self.kind = start, kind
        self.points.choices = [(point.code, f"{point.code} {pick(point.title)}") for point in _leaves(points)]
        self.difficulty.choices = list(DIFFICULTIES.items())
        if self.is_submitted():
            return
        self.process(
            data={
                "seen": seen.hex,
                "stem": start.stem,
                "options": _rows(start, kind),
                "explanation": start.explanation,
                "points": list(start.points),
                "difficulty": start.difficulty,
            }
        )

    def parsed(self) -> ParsedItem:
        """What was typed, as an item: empty rows are left out."""
        rows = [row for row in self.options.data if row["text"]]
        return ParsedItem(
            ref=self.start.ref,
            kind=self.start.kind,
            stem=self.stem.data or "",
            options=tuple(row["text"] for row in rows),
            key=tuple(index for index, row in enumerate(rows) if row["right"]),
            explanation=self.explanation.data or "",
            points=tuple(self.points.data or ()),
            difficulty=self.difficulty.data or 0,
            tags=self.start.tags,
        )

    def seen_version(self) -> uuid.UUID:
        """The version the author started from; none at all where the form was tampered with."""
        try:
            return uuid.UUID(self.seen.data or "")
        except ValueError:
            return uuid.UUID(int=0)

    def validate_options(self, field: Any) -> None:
        """Tell every fault of options and key in one place."""
        empty = [index for index, row in enumerate(field.data) if row["right"] and not row["text"]]
        if empty:
            raise ValidationError(_("选项 %(letter)s 标为正确，但没有文字", letter=letters(empty[:1])))
        about = ("option", "key")
        typed = self.parsed()
        codes = faults(typed, self.kind) + bank_faults(typed, self.kind)
        found = [explain(code, self.kind) for code in codes if code.startswith(about)]
        if any(len(row["text"]) > MAX_TEXT for row in field.data):
            found.append(explain("long"))
        if found:
            raise ValidationError(sentences(found))


def _rows(start: ParsedItem, kind: QuestionType) -> list[dict[str, Any]]:
    """The options and, where the type leaves the number open, some empty rows."""
    fewest, most = kind.options
    count = most if fewest == most else min(most, len(start.options) + _SPARE_ROWS)
    texts = [*start.options, *[""] * (count - len(start.options))][:MAX_OPTIONS]
    return [{"text": text, "right": index in start.key} for index, text in enumerate(texts)]


def _leaves(points: Sequence[SyllabusPoint]) -> list[SyllabusPoint]:
    """The points that have none below them: what items are written for."""
    codes = [point.code for point in points]
    return [point for point in points if not any(code.startswith(f"{point.code}.") for code in codes)]


class StepForm(BaseForm):
    """Why an item is retired or reinstated."""

    reason = TextAreaField(
        _l("理由"),
        filters=[tidy],
        validators=[DataRequired(_l("请写明理由")), Length(max=300, message=_l("最多 300 字"))],
    )


class UploadForm(BaseForm):
    """A file of items, read as what its name tells or as a chosen format."""

    file = FileField(_l("题目文件"))
    format = SelectField(_l("格式"), default="")


class ApplyForm(BaseForm):
    """The one button that applies a checked file."""

    seal = HiddenField()
