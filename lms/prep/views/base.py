"""The room's blueprint, and what its pages share."""

from __future__ import annotations

from typing import Any

from lms.kernel.errors import LmsError
from lms.prep import wording
from lms.webkit.blueprint import Blueprint
from lms.webkit.forms import BaseForm

bp = Blueprint("prep", "lms.prep", template_folder="templates")
WORDS: dict[str, Any] = {"words": wording}
"""What every template of preparation needs."""


def show_on(form: BaseForm, refusal: LmsError) -> LmsError | None:
    """Put a refusal beside the fields it is about; it comes back where it is about the whole form."""
    form.take_errors(refusal)
    return None if refusal.fields and all(name in form for name in refusal.fields) else refusal
