"""Who may handle a certificate: officers of the unit it was issued in, or of one that employs the holder now."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select

from lms.access import policy
from lms.certificates.models import Certificate
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import db
from lms.kernel.errors import Forbidden
from lms.kernel.i18n import gettext as _


def visible(actor: Actor, permission: str = "certificate:view") -> ColumnElement[bool]:
    """The certificates an officer may handle, as a condition to filter lists with."""
    return or_(
        Certificate.org_id.in_(policy.visible_orgs(actor, permission)),
        Certificate.person_id.in_(policy.visible_persons(actor, permission)),
    )


def require(actor: Actor, permission: str, certificate: Certificate) -> None:
    """Raise `NotFound` for another unit's certificate, `Forbidden` for one's own or where the right is missing."""
    one = select(Certificate.id).where(Certificate.id == certificate.id, visible(actor, permission))
    if actor is not SYSTEM and db.session.scalar(one) is None:
        policy.require(actor, permission, certificate.org_id)
    if permission != "certificate:view":
        refuse_own(actor, certificate)


def refuse_own(actor: Actor, certificate: Certificate) -> None:
    """Nobody handles a certificate of their own."""
    if actor.person_id == certificate.person_id:
        raise Forbidden(_("不能办理自己的证书。"), todo=_("请由另一位干部办理。"))
