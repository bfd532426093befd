"""What the two jobs of an import share: the import as plain facts, and on whose behalf they work."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete

from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.authority import authority
from lms.kernel.db import db
from lms.kernel.i18n import current_locale
from lms.kernel.uow import UnitOfWork
from lms.orgs.models import OrgClosure
from lms.orgs.queries import within
from lms.people.models import ApplyMode, ImportState, RosterImport, RosterRow

IMPORT = "roster:import"
CHECK_JOB = "people.check_roster"
APPLY_JOB = "people.apply_roster"


@dataclass(frozen=True, slots=True)
class RosterJob:
    """An import as its job found it. Plain values: a unit of work that begins forgets what the session had loaded."""

    id: uuid.UUID
    file_id: uuid.UUID
    file_name: str
    org_id: uuid.UUID
    mode: ApplyMode | None
    rows_total: int
    actor: Actor
    locale: str

    @classmethod
    def load(cls, payload: Mapping[str, Any], state: ImportState) -> RosterJob | None:
        """The import a job is for; None when it is not in `state` any more."""
        row = db.session.get(RosterImport, uuid.UUID(payload["import_id"]), populate_existing=True)
        if row is None or row.state is not state:
            return None
        return cls(
            row.id, row.file_id, row.file_name, row.org_id, row.mode, row.rows_total, acting(row.created_by),
            payload["locale"],
        )  # fmt: skip

    def writable_units(self) -> Select[uuid.UUID]:
        """Ids of the units the roster may write to: below the unit it is for, and granted to the officer today."""
        granted = authority().visible_orgs(self.actor, IMPORT)
        return within(self.org_id).where(OrgClosure.descendant_id.in_(granted))


def told(import_id: uuid.UUID, locale: str = "") -> dict[str, str]:
    """The payload of an import's job: which one, and in which language to answer, by default the page's."""
    return {"import_id": import_id.hex, "locale": locale or current_locale()}


def acting(person_id: uuid.UUID | None) -> Actor:
    """Whoever uploaded the roster: what is no longer granted to them is no longer written."""
    return SYSTEM if person_id is None else authority().actor_for(person_id)


def discard_rows(uow: UnitOfWork, import_id: uuid.UUID) -> None:
    """Forget the staged rows: applied, cancelled, or to be read anew."""
    uow.change(delete(RosterRow).where(RosterRow.import_id == import_id))
