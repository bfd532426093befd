"""Accounts, sign-ins and officers for tests."""

from __future__ import annotations

import datetime as dt
import uuid

from flask.testing import FlaskClient
from sqlalchemy import select

from lms.access.models import Account, LoginSession
from lms.access.service import grant_role
from lms.access.service.accounts import create_account
from lms.access.sessions import new_token, token_hash
from lms.access.views.identify import cookie_name
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.ids import new_id
from lms.kernel.uow import unit_of_work
from lms.testing.factories.people import LONG_AGO, make_person


def make_officer(role: str, org_id: uuid.UUID, name: str = "") -> uuid.UUID:
    """A person employed by a unit who has long held `role` on it; returns the person's id."""
    person_id = make_person(name, org_id)
    grant_role(SYSTEM, person_id=person_id, role=role, org_id=org_id, valid_from=LONG_AGO, reason="测试")
    return person_id


PASSWORD = "Lotus-Pond-47"


def make_account(person_id: uuid.UUID, username: str, password: str = PASSWORD) -> uuid.UUID:
    """An account that can sign in through the form; returns the account's id."""
    return create_account(SYSTEM, person_id, username=username, password=password, must_change=False)


def sign_in(client: FlaskClient, person_id: uuid.UUID) -> None:
    """Sign `client` in as a person, second factor included, without going through the form."""
    token, now = new_token(), clock.now()
    with unit_of_work(SYSTEM) as uow:
        account_id = uow.session.scalar(select(Account.id).where(Account.person_id == person_id))
        if account_id is None:
            account_id = new_id()
            uow.session.add(
                Account(
                    id=account_id,
                    person_id=person_id,
                    username=f"u{account_id.hex[-12:]}",
                    password_hash="none",
                    password_changed_at=now,
                    created_at=now,
                )
            )
            uow.session.flush()
        uow.session.add(
            LoginSession(
                id=new_id(),
                account_id=account_id,
                token_hash=token_hash(token),
                created_at=now,
                last_seen_at=now,
                expires_at=now + dt.timedelta(hours=12),
                second_factor_at=now,
                device="test",
                address="127.0.0.1",
            )
        )
    client.set_cookie(cookie_name(), token)
