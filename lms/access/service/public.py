"""Accounts of people who signed up by themselves, and what becomes of one when its person goes into another record."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sqlalchemy import delete, select, update

from lms.access import queries
from lms.access.dto import Device, Opened
from lms.access.models import Account, AccountState, Activation
from lms.access.service import passwords
from lms.access.service.accounts import add_account, checked_username
from lms.access.service.attempts import note
from lms.access.service.sessions import end_all, open_session
from lms.kernel.actor import SYSTEM
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people.events import PersonsMerged


def prepare(username: str, password: str, personal: Collection[str]) -> tuple[str, str]:
    """The plain username and the password's hash, made before any transaction. Raises `Invalid` for either field."""
    name = checked_username(username)
    passwords.check(password, [*personal, name])
    return name, passwords.hashed(password)


def open_prepared(uow: UnitOfWork, person_id: uuid.UUID, prepared: tuple[str, str], device: Device) -> Opened:
    """Open the account and sign its owner in. Raises `Conflict` for a username that is taken."""
    account = add_account(uow, person_id, *prepared)
    note(uow, account.id, "signed_up", device)
    return open_session(uow, account, device, missing=None)


def on_merged(event: PersonsMerged) -> None:
    """The account goes to the record that is kept; where that has one, it stays with the old one, disabled."""
    with unit_of_work(SYSTEM) as uow:
        uow.change(delete(Activation).where(Activation.person_id == event.gone_id))
        account = queries.account_of(event.gone_id)
        if account is None:
            return
        end_all(uow, account.id)
        there = uow.session.scalar(select(Account.id).where(Account.person_id == event.kept_id))
        mine = update(Account).where(Account.id == account.id)
        if there is None:
            uow.change(mine.values(person_id=event.kept_id))
        else:
            uow.change(mine.values(state=AccountState.DISABLED))
