"""What the pages share."""

from __future__ import annotations

from typing import Any

from lms.classes import policy, wording
from lms.classes.models import Audience, ClassGroup, GroupState, MeetingState, MemberState
from lms.kernel.errors import LmsError
from lms.webkit.blueprint import Blueprint
from lms.webkit.forms import BaseForm
from lms.webkit.identity import current_actor

bp = Blueprint("classes", "lms.classes", template_folder="templates")
WORDS: dict[str, Any] = {
    "words": wording,
    "states": GroupState,
    "member_states": MemberState,
    "meeting_states": MeetingState,
    "audiences": Audience,
}
"""What every template of classes needs."""


def desk_words(group: ClassGroup) -> dict[str, Any]:
    """What every desk page of one group needs."""
    actor = current_actor()
    return {
        "group": group,
        "may_run": policy.may_run(actor, group),
        "may_teach": policy.may_teach(actor, group),
        **WORDS,
    }


def show_on(form: BaseForm, refusal: LmsError) -> LmsError | None:
    """Put a refusal beside the fields it is about; a refusal about none comes back, to stand above the form."""
    return None if form.take_errors(refusal) else refusal
