"""The room's blueprint, and what its pages share."""

from __future__ import annotations

import uuid
from typing import Any

from lms.kernel.errors import Invalid, LmsError
from lms.kernel.i18n import gettext as _
from lms.people import service as people
from lms.practice import wording
from lms.practice.forms import SupervisorForm
from lms.practice.rules import LogState, PlacementState
from lms.webkit.blueprint import Blueprint
from lms.webkit.forms import BaseForm
from lms.webkit.identity import current_actor

bp = Blueprint("practice", "lms.practice", template_folder="templates")
WORDS: dict[str, Any] = {"words": wording, "states": PlacementState, "log_states": LogState}
"""What every template of practice needs."""


def show_on(form: BaseForm, refusal: LmsError) -> LmsError | None:
    """Put a refusal beside the fields it is about; it comes back where it is about the whole form."""
    form.take_errors(refusal)
    return None if refusal.fields and all(name in form for name in refusal.fields) else refusal


def typed_person(number: str, field: str) -> uuid.UUID:
    """The person with an identity or phone number in the officer's sight. Raises `Invalid` for the field."""
    found = people.find_by_number(current_actor(), number)
    if found is None:
        raise Invalid(_("没有找到这个人。"), fields={field: _("您的单位里没有这个号码的人")})
    return found


def typed_supervisor(form: SupervisorForm) -> uuid.UUID:
    """Who was chosen, or typed by number. Raises `Invalid` for the field."""
    if form.supervisor_number.data:
        return typed_person(form.supervisor_number.data, "supervisor_number")
    chosen = form.chosen()
    if chosen is None:
        raise Invalid(_("没有办理。"), fields={"supervisor": _("请选择督导，或填督导的号码")})
    return chosen
