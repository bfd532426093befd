"""Reading named requirements and equivalences, and whom an officer may ask about."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from lms.access import policy as access
from lms.kernel import clock, dated
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.orgs import queries as orgs
from lms.people.models import Employment
from lms.requirements import rules
from lms.requirements.models import RequirementDraft, RequirementSet
from lms.requirements.rules import Equivalence, Node


@dataclass(frozen=True, slots=True)
class Named:
    """A name with every version it ever had, the latest first, and its draft where somebody works on one."""

    code: str
    versions: Sequence[RequirementSet]
    draft: RequirementDraft | None

    def in_force(self, on: dt.date) -> RequirementSet | None:
        """The version that counts on a day."""
        return dated.in_force(self.versions, on)

    @property
    def shown(self) -> RequirementSet | RequirementDraft:
        """What names it: the version in force, else the next one, else the draft."""
        found = dated.shown(self.versions, clock.today()) or self.draft
        assert found is not None  # noqa: S101 - a name has the one or the other
        return found


_LATEST_FIRST = (RequirementSet.valid_from.desc(), RequirementSet.revision.desc())


def names() -> list[Named]:
    """Every name there is, by code. Two SELECTs."""
    versions: dict[str, list[RequirementSet]] = {}
    for row in db.session.scalars(select(RequirementSet).order_by(RequirementSet.code, *_LATEST_FIRST)):
        versions.setdefault(row.code, []).append(row)
    drafts = {draft.code: draft for draft in db.session.scalars(select(RequirementDraft))}
    return [Named(code, versions.get(code, ()), drafts.get(code)) for code in sorted({*versions, *drafts})]


def named(code: str) -> Named:
    """One name. Raises `NotFound`."""
    versions = db.session.scalars(
        select(RequirementSet).where(RequirementSet.code == code).order_by(*_LATEST_FIRST)
    ).all()
    draft = db.session.get(RequirementDraft, code, populate_existing=True)
    if not versions and draft is None:
        raise NotFound(_("没有这组条件。"), todo=_("请从列表里选择。"))
    return Named(code, versions, draft)


def sets_on(codes: Iterable[str], on: dt.date) -> dict[str, RequirementSet]:
    """The versions in force on a day of several names, by code. One SELECT."""
    query = select(RequirementSet).where(RequirementSet.code.in_(set(codes)), RequirementSet.valid_from <= on)
    oldest_first = query.order_by(RequirementSet.valid_from, RequirementSet.revision)
    return {row.code: row for row in db.session.scalars(oldest_first)}


def tree_on(code: str, on: dt.date) -> Node:
    """What a name asks for on a day; nothing where the name is empty. Raises `NotFound` before its first day."""
    if not code:
        return rules.NOTHING
    found = sets_on([code], on).get(code)
    if found is None:
        raise NotFound(_("条件“%(code)s”还没有生效的内容。", code=code))
    return rules.parse(found.tree)


def equivalences(on: dt.date) -> list[Equivalence]:
    """The equivalences in force on a day. One SELECT."""
    query = select(RequirementSet).where(RequirementSet.valid_from <= on, RequirementSet.stands_for.is_not(None))
    latest: dict[str, RequirementSet] = {}
    for row in db.session.scalars(query.order_by(RequirementSet.valid_from, RequirementSet.revision)):
        latest[row.code] = row
    return [
        Equivalence(row.code, _key(row), rules.parse(row.tree))
        for row in sorted(latest.values(), key=lambda row: row.code)
        if row.stands_for and row.is_open
    ]


def _key(row: RequirementSet) -> str:
    assert row.stands_for is not None  # noqa: S101 - asked for
    return rules.Leaf(row.stands_for["type"], row.stands_for["params"]).key


def persons_of(actor: Actor, permission: str, org_id: uuid.UUID | None) -> list[uuid.UUID]:
    """Who is employed now in the units an officer may look at, or in one of these and below it."""
    query = access.visible_persons(actor, permission)
    if org_id is not None:
        query = query.where(Employment.org_id.in_(orgs.within(org_id)))
    return list(db.session.scalars(query.distinct().order_by(Employment.person_id)))
