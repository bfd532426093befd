"""What certificates put on other rooms' pages."""

from __future__ import annotations

import uuid

from flask import render_template, url_for
from markupsafe import Markup
from sqlalchemy import func, select

from lms.certificates import queries, wording
from lms.certificates.models import CertificateKind
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.webkit.room import Figure


def home_card(actor: Actor) -> Markup | None:
    """The newest certificate on the learner's home."""
    found = queries.own(actor.person_id) if actor.person_id else []
    if not found:
        return None
    page = render_template("certificates/home_card.html", found=found[0], today=clock.today(), wording=wording)
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes


def waiting_figure(actor: Actor) -> Figure | None:
    """How many wait for a certificate of the kind that most wait for."""
    counts = [(_waiting(actor, kind), kind) for kind in queries.kinds()]
    if not counts:
        return None
    most, kind = max(counts, key=lambda pair: pair[0])
    address = url_for("certificates.waiting", kind=kind.code)
    return Figure(_("待发证书"), most, pick(kind.title), "amber" if most else "green", address)


def person_card(actor: Actor, person_id: uuid.UUID) -> Markup | None:
    """A person's certificates on the officers' page about them. The page has checked that the officer may see them."""
    found = queries.own(person_id)
    if not found:
        return None
    page = render_template(
        "certificates/person_card.html", found=found, today=clock.today(), wording=wording, actor=actor
    )
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes


def _waiting(actor: Actor, kind: CertificateKind) -> int:
    query = queries.candidates(actor, kind).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(query)) or 0
