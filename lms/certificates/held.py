"""The condition that somebody holds a certificate of this academy."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select

from lms.certificates.models import Certificate, CertificateKind, CertificateStatus
from lms.kernel.db import db
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import pick
from lms.requirements.kinds import Finding, RequirementType


def _check(person_ids: Sequence[uuid.UUID], params: Mapping[str, Any], on: dt.date) -> dict[uuid.UUID, Finding]:
    """Who holds a certificate of the kind that is valid on the day. Two SELECTs."""
    title = pick(db.session.scalar(select(CertificateKind.title).where(CertificateKind.code == params["kind"])))
    holders = set(
        db.session.scalars(
            select(Certificate.person_id)
            .outerjoin(CertificateStatus, CertificateStatus.certificate_id == Certificate.id)
            .where(
                Certificate.kind == params["kind"],
                Certificate.person_id.in_(person_ids),
                Certificate.valid_from <= on,
                or_(Certificate.valid_until.is_(None), Certificate.valid_until >= on),
                CertificateStatus.id.is_(None),
            )
        )
    )
    title = title or params["kind"]
    met = Finding(met=True, text=_l("持有有效的“%(title)s”证书。", title=title))
    unmet = Finding(met=False, text=_l("没有有效的“%(title)s”证书。", title=title), href="/certificates")
    return {person: met if person in holders else unmet for person in person_ids}


def _kinds() -> list[tuple[str, Any]]:
    rows = db.session.execute(select(CertificateKind.code, CertificateKind.title).order_by(CertificateKind.code))
    return [(code, pick(title)) for code, title in rows]


HELD = RequirementType(
    "certificate",
    _l("持有本院证书"),
    {
        "type": "object",
        "required": ["kind"],
        "additionalProperties": False,
        "properties": {"kind": {"type": "string", "minLength": 1, "maxLength": 40}},
    },
    _check,
    labels={"kind": _l("证书种类")},
    choices={"kind": _kinds},
    days=90,
    effort=30,
)
