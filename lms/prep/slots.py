"""What preparation puts on the learner's home."""

from __future__ import annotations

import uuid

from flask import render_template, url_for
from markupsafe import Markup

from lms.kernel.actor import Actor
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.prep import wording
from lms.prep.dto import Ready
from lms.prep.queries import papers, ready, sign_ups
from lms.webkit.once import once_per_request
from lms.webkit.room import NextStep


@once_per_request
def _found(person_id: uuid.UUID) -> list[Ready]:
    """A person's subjects; none for who neither practised nor signed up for it."""
    if not papers.practised(person_id) and sign_ups.own(person_id) is None:
        return []
    return [ready.ready(person_id, subject) for subject in papers.open_subjects()]


def home_card(actor: Actor) -> Markup | None:
    """How ready one is for each subject."""
    found = _found(actor.person_id) if actor.person_id else []
    if not found:
        return None
    page = render_template("prep/home_card.html", found=found, words=wording)
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes


def next_step(actor: Actor) -> NextStep | None:
    """Somebody who prepares: the subject with too little data, else the one that is least ready."""
    found = _found(actor.person_id) if actor.person_id else []
    if not found:
        return None
    first = min(found, key=lambda one: (one.forecast.enough, one.forecast.chance))
    title = _("考前练习：%(title)s", title=pick(first.subject.title))
    href = url_for("prep.subject", slug=first.subject.slug)
    return NextStep(48, title, wording.verdict(first.forecast), href, _("去练习"))
