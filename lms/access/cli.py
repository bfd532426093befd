"""Commands for accounts and grants.

PERSON is a username, an identity number or the person's id; `-` asks for it, so that it stays out of the history.
"""

from __future__ import annotations

import datetime as dt
import secrets
import sys
import uuid

import click
from flask.cli import with_appcontext
from sqlalchemy import or_, select

from lms.access import queries
from lms.access.models import Account
from lms.access.service import accounts, activation, grant_role, revoke_grant
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.orgs.queries import by_code
from lms.people import sealed
from lms.people.models import Person
from lms.people.rules import compact

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group("accounts")
def accounts_group() -> None:
    """Open, reset, disable and unlock accounts."""


@accounts_group.command("create")
@click.argument("person")
@click.option("--username", required=True, help="4 to 32 characters, a letter first.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the standard input; else one is made.")
@click.option("--keep-password", is_flag=True, help="Do not ask for a new password at the first sign-in.")
@with_appcontext
def accounts_create(person: str, username: str, *, password_stdin: bool, keep_password: bool) -> None:
    """Open an account for PERSON."""
    person_id = find_person(person)
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else secrets.token_urlsafe(15)
    accounts.create_account(SYSTEM, person_id, username=username, password=password, must_change=not keep_password)
    click.echo(f"account {username} opened" + ("" if password_stdin else f", password {password}"))


@accounts_group.command("reset")
@click.argument("person")
@click.option("--second-factor", is_flag=True, help="Also take lost second factors away.")
@with_appcontext
def accounts_reset(person: str, *, second_factor: bool) -> None:
    """Print a code with which PERSON sets a new password at /activate."""
    person_id = find_person(person)
    if second_factor:
        accounts.reset_second_factor(SYSTEM, person_id)
    slip = activation.make_code(SYSTEM, person_id)
    click.echo(f"{slip.code}  until {slip.expires_at:%Y-%m-%d}")


@accounts_group.command("disable")
@click.argument("person")
@click.option("--reason", default="", help="Why: shown to the auditor.")
@with_appcontext
def accounts_disable(person: str, reason: str) -> None:
    """Close PERSON's account and end every sign-in."""
    accounts.disable(SYSTEM, find_person(person), reason)
    click.echo("disabled")


@accounts_group.command("enable")
@click.argument("person")
@with_appcontext
def accounts_enable(person: str) -> None:
    """Let PERSON in again."""
    accounts.enable(SYSTEM, find_person(person))
    click.echo("enabled")


@accounts_group.command("unlock")
@click.argument("person")
@with_appcontext
def accounts_unlock(person: str) -> None:
    """End the lock after too many wrong passwords."""
    accounts.unlock(SYSTEM, find_person(person))
    click.echo("unlocked")


@click.group("grants")
def grants_group() -> None:
    """Give, revoke and list roles."""


@grants_group.command("give")
@click.argument("person")
@click.argument("role", metavar="ROLE")
@click.argument("unit")
@click.option("--from", "start", type=_DAY, help="First day; today by default.")
@click.option("--to", "end", type=_DAY, help="Last day; none by default.")
@click.option("--reason", required=True, help="Why: shown to the auditor.")
@with_appcontext
def grants_give(
    person: str, role: str, unit: str, *, start: dt.datetime | None, end: dt.datetime | None, reason: str
) -> None:
    """Give PERSON the ROLE on the UNIT (its code) and everything below it."""
    grant_id = grant_role(
        SYSTEM,
        person_id=find_person(person),
        role=role,
        org_id=by_code(unit).id,
        valid_from=start.date() if start else None,
        valid_to=end.date() if end else None,
        reason=reason,
    )
    click.echo(str(grant_id))


@grants_group.command("revoke")
@click.argument("grant_id", type=click.UUID)
@click.option("--reason", required=True, help="Why: shown to the auditor.")
@with_appcontext
def grants_revoke(grant_id: uuid.UUID, reason: str) -> None:
    """End a grant at once."""
    revoke_grant(SYSTEM, grant_id, reason)
    click.echo("revoked")


@grants_group.command("list")
@click.option("--role", default="", help="Only grants of this role.")
@click.option("--all", "everything", is_flag=True, help="Also grants that have ended or not begun.")
@with_appcontext
def grants_list(role: str, *, everything: bool) -> None:
    """List grants, the newest first."""
    for grant, name, unit, _giver, state in db.session.execute(queries.listed_grants(SYSTEM, role=role)):
        if everything or state == "in_force":
            until = grant.valid_to or "open"
            click.echo(f"{grant.id}  {grant.role:<13} {grant.valid_from} to {until}  {state:<9} {name}  {unit}")


def find_person(text: str) -> uuid.UUID:
    """The person a command means. Raises `NotFound`."""
    given = click.prompt("person", hide_input=True) if text == "-" else text
    try:
        person_id: uuid.UUID | None = uuid.UUID(given)
    except ValueError:
        person_id = None
    index = sealed.index(sealed.Fact.ID_NUMBER, compact(given))
    found = db.session.scalar(
        select(Person.id)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(or_(Person.id == person_id, Person.id_number_index == index, Account.username == given.lower()))
    )
    if found is None:
        raise NotFound(_("找不到这个人。"), todo=_("请给出用户名、身份证件号码或人员编号。"))
    return found
