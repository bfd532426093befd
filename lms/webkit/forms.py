"""The base form: CSRF by session, errors in the person's language, what was typed is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from wtforms import ValidationError

from lms.kernel.errors import LmsError


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

    def values(self) -> Mapping[str, Any]:
        """The typed values, without the CSRF token and buttons."""
        return {name: value for name, value in self.data.items() if name not in {"csrf_token", "submit"}}


__all__ = ["BaseForm", "ValidationError"]
