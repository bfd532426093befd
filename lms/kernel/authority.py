"""Who may do what where, for rooms below the access room: it decides and installs itself, they only ask here."""

from __future__ import annotations

import uuid
from typing import Protocol, cast

from flask import current_app
from sqlalchemy import Select

from lms.kernel.actor import Actor

EXTENSION = "lms.authority"


class Authority(Protocol):
    """The answers of `lms.access.policy`."""

    def visible_orgs(self, actor: Actor, permission: str) -> Select[uuid.UUID]:
        """Ids of the units on which the actor holds the permission, as a SELECT to filter lists with."""

    def can(self, actor: Actor, permission: str, org_id: uuid.UUID) -> bool:
        """Whether the actor holds the permission on a unit."""

    def require(self, actor: Actor, permission: str, org_id: uuid.UUID) -> None:
        """Raise `Forbidden` in a unit the actor works for, `NotFound` elsewhere, when the permission is missing."""

    def visible_persons(self, actor: Actor, permission: str) -> Select[uuid.UUID]:
        """Ids of the persons employed now in a unit on which the actor holds the permission."""

    def require_person(self, actor: Actor, permission: str, person_id: uuid.UUID) -> None:
        """The same as `require`, for a person through the units that employ them."""

    def actor_for(self, person_id: uuid.UUID) -> Actor:
        """The person as an actor with every permission granted today: what a job does in somebody's name."""


def authority() -> Authority:
    """The authority of the current application. Needs an app context."""
    return cast("Authority", current_app.extensions[EXTENSION])
