"""Reading schemes. There are few of them: whoever needs one reads all, in two statements."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from lms.plugin_api.errors import NotFound
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import session
from lms_payouts import api
from lms_subsidies import rules
from lms_subsidies.models import Scheme, SchemeRevision


@dataclass(frozen=True, slots=True)
class Known:
    """A scheme with all its revisions, the one saved last first."""

    code: str
    basis: str
    revisions: Sequence[SchemeRevision]

    def on(self, obtained_on: dt.date) -> SchemeRevision | None:
        """What counts for a certificate obtained on a day."""
        return api.in_force(self.revisions, obtained_on)


def known() -> list[Known]:
    """Every scheme: kinds of certificate by code, then the national levels from the lowest up."""
    rows = session.scalars(select(SchemeRevision).order_by(SchemeRevision.set_at.desc(), SchemeRevision.id.desc()))
    revisions: dict[str, list[SchemeRevision]] = {}
    for row in rows:
        revisions.setdefault(row.code, []).append(row)
    schemes = [Known(one.code, one.basis, revisions.get(one.code, [])) for one in session.scalars(select(Scheme))]
    return sorted(schemes, key=lambda one: (rules.ladder_of(one.basis), rules.rank_of(one.basis)))


def by_basis() -> Mapping[str, Known]:
    """Every scheme by what it is for."""
    return {scheme.basis: scheme for scheme in known()}


def one(code: str) -> Known:
    """A scheme. Raises `NotFound`."""
    found = next((scheme for scheme in known() if scheme.code == code), None)
    if found is None:
        raise NotFound(_("没有“%(code)s”这项奖励。", code=code))
    return found


def in_force(basis: str, obtained_on: dt.date) -> SchemeRevision | None:
    """What counts for a basis obtained on a day; None where no scheme does."""
    scheme = by_basis().get(basis)
    return scheme.on(obtained_on) if scheme else None


def revisions(ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, SchemeRevision]:
    """Revisions by id, in one query."""
    rows = session.scalars(select(SchemeRevision).where(SchemeRevision.id.in_(ids)))
    return {row.id: row for row in rows}
