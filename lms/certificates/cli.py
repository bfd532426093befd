"""`lms certificates`: kinds, issuing, revoking, checking, printing."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from lms.certificates import queries, service, wording
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.orgs import queries as orgs

SHIPPED = Path(__file__).parent / "kinds"


@click.group("certificates")
def certificates_group() -> None:
    """Kinds of certificate, issuing, revoking, checking, printing."""


@certificates_group.command("kinds")
@with_appcontext
def kinds() -> None:
    """List the kinds of certificate."""
    for kind in queries.kinds():
        title = pick(kind.title)
        shown = _("%(name)s（%(more)s）", name=title, more=_("示例")) if kind.illustrative else title
        click.echo(f"{kind.code}\t{shown}\tcourse {kind.course_slug}\texam {kind.exam_slug}")


@certificates_group.command("kind")
@click.argument("source")
@click.option("--org", "org_code", help="Management code of the unit that answers for it; the city by default.")
@click.option("--exam", "exam_slug", help="Tie it to another exam than the file says.")
@with_appcontext
def define(source: str, org_code: str | None, exam_slug: str | None) -> None:
    """Create or change a kind from a JSON file, or from a shipped one by its name (cdsgy). Safe to repeat."""
    shipped = SHIPPED / f"{source}.json"
    path = shipped if source.isalnum() and shipped.is_file() else Path(source)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{source}: {error}") from None
    if exam_slug is not None:
        data["exam_slug"] = exam_slug
    unit = orgs.by_code(org_code) if org_code else orgs.city()
    click.echo(service.define_kind(SYSTEM, data, org_id=unit.id))


@certificates_group.command("issue")
@click.argument("kind")
@click.option("--person", "person_id", type=click.UUID, help="One person by id.")
@click.option("--all", "everybody", is_flag=True, help="Everybody who may be given one now.")
@with_appcontext
def issue(kind: str, person_id: uuid.UUID | None, everybody: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Issue to one person or to all candidates, and print. Exit code 1 when anybody was refused."""
    if (person_id is None) is not everybody:
        raise click.UsageError("give --person or --all")
    wanted = queries.kind(kind)
    listed = queries.candidates(SYSTEM, wanted).subquery()
    people = [person_id] if person_id else db.session.scalars(select(listed.c.person_id)).all()
    refused, made = 0, []
    for one in people:
        try:
            made.append(service.issue(SYSTEM, kind, one, print_now=False))
        except LmsError as error:
            refused += 1
            click.echo(f"{one}: {error}", err=True)
    service.print_missing(made)
    for certificate_id in made:
        click.echo(queries.one(certificate_id).certificate.number)
    if refused:
        raise SystemExit(1)


@certificates_group.command("revoke")
@click.argument("number")
@click.option("--reason", required=True, help="Why; the holder sees it.")
@with_appcontext
def revoke(number: str, reason: str) -> None:
    """Take a certificate back."""
    service.revoke(SYSTEM, queries.by_number(number).certificate.id, reason)
    click.echo(f"{number} revoked")


@certificates_group.command("verify")
@click.argument("number", required=False)
@with_appcontext
def verify(number: str | None) -> None:
    """Show one certificate's status, or check all stored ones; exit code 1 when something was tampered with."""
    if number is not None:
        found = queries.by_number(number)
        click.echo(f"{found.claims['holder']['name']}\t{wording.sentence(found, clock.today())}")
        click.echo(found.certificate.digest)
        return
    checked, faults = service.check_all()
    for fault in faults:
        click.echo(f"{fault.number}: {fault.reason}")
    click.echo(f"{checked} certificates, {len(faults)} faults")
    if faults:
        raise SystemExit(1)


@certificates_group.command("render")
@with_appcontext
def render() -> None:
    """Print every certificate whose PDF is missing. What exists is never printed again."""
    click.echo(f"{service.print_missing()} printed")
