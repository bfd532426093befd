"""The room's blueprint, and what its pages share."""

from __future__ import annotations

import uuid
from typing import Any

from lms.kernel.errors import LmsError
from lms.prep import wording
from lms.webkit.blueprint import Blueprint
from lms.webkit.forms import BaseForm
from lms.webkit.identity import current_actor

bp = Blueprint("prep", "lms.prep", template_folder="templates")
WORDS: dict[str, Any] = {"words": wording}
"""What every template of preparation needs."""


def me() -> uuid.UUID:
    """Who is signed in, on pages that ask for a sign-in."""
    person_id = current_actor().person_id
    assert person_id is not None  # noqa: S101 - @signed_in
    return person_id


def show_on(form: BaseForm, refusal: LmsError) -> LmsError | None:
    """Put a refusal beside the fields it is about; it comes back where it is about the whole form."""
    form.take_errors(refusal)
    return None if refusal.fields and all(name in form for name in refusal.fields) else refusal
