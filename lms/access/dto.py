"""What use cases of this room take and give."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from dataclasses import dataclass

from lms.access.models import AccountState


@dataclass(frozen=True, slots=True)
class Device:
    """Where a request comes from: the network address and what the browser calls itself."""

    address: str
    name: str


class Step(enum.StrEnum):
    """What is still missing before a sign-in counts."""

    SECOND_FACTOR = "second_factor"
    NEW_PASSWORD = "new_password"  # noqa: S105 - a step, not a password


def missing_step(*, factor_due: bool, password_due: bool) -> Step | None:
    """The second factor comes first, the new password after it."""
    if factor_due:
        return Step.SECOND_FACTOR
    return Step.NEW_PASSWORD if password_due else None


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account as it stood when somebody began to sign in with it."""

    id: uuid.UUID
    password_hash: str
    state: AccountState
    locked_until: dt.datetime | None
    must_change_password: bool
    has_second_factor: bool
    locale: str
    easy_reading: bool


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in found by the cookie's token."""

    session_id: uuid.UUID
    account_id: uuid.UUID
    person_id: uuid.UUID
    name: str
    last_seen_at: dt.datetime
    second_factor_at: dt.datetime | None
    has_second_factor: bool
    must_change_password: bool

    @property
    def missing(self) -> Step | None:
        """The next step, or None for a complete sign-in."""
        factor_due = self.has_second_factor and self.second_factor_at is None
        return missing_step(factor_due=factor_due, password_due=self.must_change_password)


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just opened or renewed: the token for the cookie, and how the person likes pages to look."""

    token: str
    expires_at: dt.datetime
    missing: Step | None
    locale: str
    easy_reading: bool


@dataclass(frozen=True, slots=True)
class Slip:
    """An activation code to hand to a person."""

    person_id: uuid.UUID
    name: str
    unit: str
    code: str
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Invitation:
    """What came of making codes: slips in order of unit and name, and how many have a code already."""

    slips: tuple[Slip, ...]
    already: int


@dataclass(frozen=True, slots=True)
class TotpOffer:
    """A secret to put into an authenticator app. `sealed` comes back with the first code; nothing is stored before."""

    secret: str
    uri: str
    sealed: str
