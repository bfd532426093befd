"""The room's blueprint, and what several of its pages share."""

from __future__ import annotations

import uuid

from lms.kernel.authority import authority
from lms.kernel.db import db
from lms.kernel.errors import Invalid, LmsError
from lms.kernel.i18n import gettext as _
from lms.people.roster.units import UnitFinder
from lms.people.rules import Fault
from lms.people.wording import say
from lms.webkit.blueprint import Blueprint
from lms.webkit.forms import BaseForm
from lms.webkit.identity import current_actor

VIEW, EDIT, REVEAL = "person:view", "person:edit", "person:reveal"

bp = Blueprint(
    "people",
    __name__,
    template_folder="../templates",
    static_folder="../static",
    static_url_path="/people/static",
)


def typed_unit(text: str) -> uuid.UUID:
    """The unit an officer typed, among those they may edit people of. Raises `Invalid`."""
    allowed = frozenset(db.session.scalars(authority().visible_orgs(current_actor(), EDIT)))
    try:
        return UnitFinder.load(allowed).find(text)
    except Fault as fault:
        raise Invalid(_("单位填得不对。"), fields={"unit": say(fault.code, fault.params)}) from None


def show_on(form: BaseForm, refusal: LmsError) -> None:
    """Put a refusal beside the fields it is about; one that fits none of them goes on to the error page."""
    if not form.take_errors(refusal):
        raise refusal
