"""Tables of accounts, sign-ins and grants."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id


class AccountState(enum.StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


class Account(Base):
    """A person's way in. `username` is chosen on activation; phone numbers are looked up through the person."""

    __tablename__ = "account"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), unique=True)
    username: Mapped[str] = mapped_column(String(40), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    password_changed_at: Mapped[dt.datetime]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    failed_count: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None]
    totp_secret_sealed: Mapped[bytes | None]
    totp_last_step: Mapped[int] = mapped_column(default=0)
    state: Mapped[AccountState] = mapped_column(choice(AccountState), default=AccountState.ACTIVE)
    locale: Mapped[str] = mapped_column(String(8), default="")  # empty: never chosen
    easy_reading: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]


class Activation(Base):
    """A one-time code with which a person from the roster opens their account."""

    __tablename__ = "activation"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    failed_count: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime]


class OldPassword(Base):
    """Hashes of former passwords: the last five are not taken again."""

    __tablename__ = "old_password"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    replaced_at: Mapped[dt.datetime]


class Passkey(Base):
    """A WebAuthn credential."""

    __tablename__ = "passkey"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int]
    label: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[dt.datetime]
    last_used_at: Mapped[dt.datetime | None]


class PasskeyChallenge(Base):
    """A challenge given to an authenticator, good for one answer. `account_id` is empty before anybody is known."""

    __tablename__ = "passkey_challenge"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    challenge: Mapped[bytes] = mapped_column(unique=True)
    purpose: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"), index=True)
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)


class LoginLink(Base):
    """An identity at a login provider that opens an account; of who it is there only a keyed fingerprint is kept."""

    __tablename__ = "login_link"
    __table_args__ = (UniqueConstraint("provider", "subject_index"), UniqueConstraint("account_id", "provider"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    provider: Mapped[str] = mapped_column(String(60))
    subject_index: Mapped[bytes]
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[dt.datetime]
    last_used_at: Mapped[dt.datetime | None]


class RecoveryCode(Base):
    """A one-time code for who lost the second factor; a keyed fingerprint is kept, not the code."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("account_id", "code_hash"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]


class LoginSession(Base):
    """One sign-in on one device. The cookie holds a token; only its hash is stored."""

    __tablename__ = "login_session"
    __table_args__ = (Index("ix_login_session_account", "account_id", "revoked_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[dt.datetime]
    last_seen_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    second_factor_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]
    device: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(45))


class Grant(Base):
    """A role on a unit and everything below it, from a day to a day."""

    __tablename__ = "grant"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="ends_after_start"),
        Index(
            "uq_grant_standing",
            "person_id",
            "role",
            "org_id",
            "valid_from",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(40))
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"), index=True)
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]
    granted_by: Mapped[uuid.UUID | None]
    granted_at: Mapped[dt.datetime]
    reason: Mapped[str]
    revoked_at: Mapped[dt.datetime | None]
    revoked_by: Mapped[uuid.UUID | None]


class SignInAttempt(Base):
    """Every try to sign in, kept for the auditor."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (APPEND_ONLY,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"), index=True)
    at: Mapped[dt.datetime]
    outcome: Mapped[str] = mapped_column(String(24))
    address: Mapped[str] = mapped_column(String(45))
    device: Mapped[str] = mapped_column(String(200))
