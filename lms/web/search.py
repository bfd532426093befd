"""What the desk's search finds: people by name or the last four of their number, certificates by number or name.

Whole identity and phone numbers are not searched here: they would stand in the address and in logs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask import render_template
from markupsafe import Markup
from sqlalchemy import select

from lms.access import policy
from lms.certificates import queries as certificates
from lms.certificates.dto import IssuedFilter
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.orgs.models import OrgUnit
from lms.people.models import Employment, Person, PersonState
from lms.people.sealed import tail_index
from lms.web import queries

MOST = 20
_TAIL = re.compile(r"\d{3}[\dXx]")


def people_found(actor: Actor, asked: str) -> Markup | None:
    """Persons in the actor's units, with where they work. One query."""
    rows = _people(actor, asked)
    return _rendered("web/_people_found.html", rows=rows) if rows else None


def certificates_found(actor: Actor, asked: str) -> Markup | None:
    """Certificates the actor may see."""
    found = certificates.as_issued(
        db.session.execute(certificates.issued(actor, IssuedFilter(text=asked)).limit(MOST)).all()
    )
    names = queries.names_of([one.certificate.person_id for one in found])
    return _rendered("web/_certificates_found.html", found=found, names=names) if found else None


def _people(actor: Actor, asked: str) -> Sequence[Any]:
    tail = _TAIL.fullmatch(asked)
    matches = (
        Person.id_tail_index == tail_index(asked.upper()) if tail else Person.name.contains(asked, autoescape=True)
    )
    query = (
        select(Person.id, Person.name, OrgUnit.name.label("unit"), Employment.post)
        .join(Employment, Employment.person_id == Person.id)
        .join(OrgUnit, OrgUnit.id == Employment.org_id)
        .where(
            matches,
            Person.state == PersonState.ACTIVE,
            Employment.ended_on.is_(None),
            Employment.org_id.in_(policy.visible_orgs(actor, "person:view")),
        )
    )
    return db.session.execute(query.order_by(Person.name, Person.id, OrgUnit.name).limit(MOST)).all()


def _rendered(template: str, **values: Any) -> Markup:
    page = render_template(template, **values)
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes
