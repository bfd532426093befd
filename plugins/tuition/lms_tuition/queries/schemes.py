"""Reading schemes. There are few of them: whoever needs one reads all, in one statement."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from lms.plugin_api.errors import NotFound
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import session
from lms_payouts.api import DEGREES, in_force
from lms_tuition.models import SchemeRevision


@dataclass(frozen=True, slots=True)
class Known:
    """The scheme of a level of degree with all its revisions, the one saved last first; none where nothing was set."""

    level: str
    revisions: Sequence[SchemeRevision]

    def on(self, day: dt.date) -> SchemeRevision | None:
        """What counts for a study applied for on a day."""
        return in_force(self.revisions, day)


def known() -> list[Known]:
    """The scheme of every level, the lowest first."""
    rows = session.scalars(select(SchemeRevision).order_by(SchemeRevision.set_at.desc(), SchemeRevision.id.desc()))
    revisions: dict[str, list[SchemeRevision]] = {}
    for row in rows:
        revisions.setdefault(row.level, []).append(row)
    return [Known(level, revisions.get(level, [])) for level in DEGREES]


def one(level: str) -> Known:
    """The scheme of a level. Raises `NotFound`."""
    found = next((scheme for scheme in known() if scheme.level == level), None)
    if found is None:
        raise NotFound(_("没有“%(level)s”这一学历层次。", level=level))
    return found


def open_on(day: dt.date) -> Mapping[str, SchemeRevision]:
    """What counts on a day, by level, the lowest first."""
    found = {scheme.level: scheme.on(day) for scheme in known()}
    return {level: revision for level, revision in found.items() if revision is not None}


def revision(revision_id: uuid.UUID) -> SchemeRevision:
    """The revision that something was made under."""
    return session.get_one(SchemeRevision, revision_id)
