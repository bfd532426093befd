"""The base form: CSRF by session, errors in the person's language, what was typed is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, ValidationError

from lms.kernel.errors import LmsError
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.money import AmountFault, parse_yuan, yuan_typed

_DIGITS = 9
_AMOUNT_FAULTS = {
    "amount_form": _l("应为金额，如 1500 或 1,500.00，最多两位小数"),
    "amount_too_large": _l("金额太大，请核对"),
}


class BaseForm(FlaskForm):  # type: ignore[misc]
    """Every form of the site. Use as.

    form = PersonForm()
    if form.validate_on_submit(): ...
    """

    def take_errors(self, error: LmsError) -> bool:
        """Show a service's field messages beside the fields. False when none of them belongs to this form."""
        taken = False
        for name, message in error.fields.items():
            if name in self._fields:
                self._fields[name].errors = [*self._fields[name].errors, message]
                taken = True
        return taken

    def show_refusal(self, refusal: LmsError) -> dict[str, str]:
        """Put a refusal beside the fields it is about; what belongs to no field of the form comes back by name.

        A refusal without any field goes on to the error page.
        """
        self.take_errors(refusal)
        if not refusal.fields:
            raise refusal
        return {name: str(message) for name, message in refusal.fields.items() if name not in self}

    def values(self) -> Mapping[str, Any]:
        """The typed values, without the CSRF token and buttons."""
        return {name: value for name, value in self.data.items() if name not in {"csrf_token", "submit"}}


class YuanField(StringField):  # type: ignore[misc]
    """An amount in 元 as people type it. `fen` is what was typed, in fen, once the form is valid; 0 for nothing."""

    fen: int = 0

    def process_data(self, value: int | None) -> None:
        """Show an amount that is kept in fen."""
        self.data = None if value is None else yuan_typed(value)

    def pre_validate(self, form: BaseForm) -> None:
        del form
        typed = (self.data or "").strip()
        if not typed:
            return
        try:
            self.fen = parse_yuan(typed)
        except AmountFault as fault:
            raise ValidationError(_AMOUNT_FAULTS[fault.code]) from None


class SeenField(HiddenField):  # type: ignore[misc]
    """Which revision of something the page showed, sent back as it was: whoever saw an older one does not overwrite.

    What is missing or no number is -1, which is nobody's revision, nor the one before anybody's.
    """

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take what the page sent, never what holds now."""
        self.data = _revision(valuelist[0] if valuelist else "")


def seen_revision(name: str) -> int:
    """The same of a form that is a button only: the revision that stands in its hidden field `name`."""
    return _revision(request.form.get(name, ""))


def _revision(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else -1


__all__ = ["BaseForm", "SeenField", "ValidationError", "YuanField", "seen_revision"]
