"""Who is doing this: the signed-in person, or the machine itself."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Actor:
    """The person behind a use case. `permissions` holds what is granted anywhere; where, only the policy knows."""

    person_id: uuid.UUID | None
    name: str
    account_id: uuid.UUID | None = None
    session_id: uuid.UUID | None = None
    permissions: frozenset[str] = field(default_factory=frozenset)
    second_factor: bool = False
    needs_second_factor: bool = False
    """An officer whose permissions are withheld until a second factor is shown."""

    @property
    def is_anonymous(self) -> bool:
        return self.person_id is None and self is not SYSTEM

    def holds(self, permission: str) -> bool:
        """Whether the permission is granted on at least one unit. The machine itself may do everything."""
        return self is SYSTEM or permission in self.permissions


ANONYMOUS = Actor(person_id=None, name="")
SYSTEM = Actor(person_id=None, name="system")
