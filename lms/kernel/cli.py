"""Commands of the kernel: database, jobs, audit, settings, events."""

from __future__ import annotations

import datetime as dt
import json
import threading
import uuid
from collections.abc import Callable
from contextlib import closing
from dataclasses import fields

import click
from flask import Flask, current_app
from flask.cli import ScriptInfo, pass_script_info, with_appcontext
from sqlalchemy import create_engine, select

from lms.config import Config
from lms.kernel import audit, clock, migrate, outbox, process, settings_service
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db, sqlalchemy_url
from lms.kernel.jobs import queue, worker
from lms.kernel.models import AuditEntry, Job
from lms.kernel.runtime import EXTENSION, kernel


def require_ready(config: Config) -> None:
    """Refuse to start on a database that was not migrated, or that belongs to a newer release."""
    engine = create_engine(sqlalchemy_url(config.database_url))
    with engine.connect() as connection:
        problem = migrate.why_not_ready(connection)
    engine.dispose()
    if problem:
        raise click.ClickException(problem)


@click.group("db")
def db_group() -> None:
    """Create and upgrade the database."""


@db_group.command("upgrade")
@with_appcontext
def db_upgrade() -> None:
    """Bring the tables to this release's form, then those of the plugins that are on. Safe to repeat.

    A plugin whose tables cannot be upgraded is named in a warning and stays off; the core is not held up by it.
    """
    before, after = migrate.upgrade_database(db.engine)
    click.echo(f"database at {after}" + ("" if before == after else f" (was {before or 'empty'})"))
    for upgrade_more in current_app.extensions.get(migrate.FURTHER, ()):
        for name, problem in upgrade_more().items():
            click.echo(f"warning: {name}: {problem}", err=True)


@db_group.command("status")
@with_appcontext
def db_status() -> None:
    """Say which revision the database is at; exit code 1 when it is behind."""
    with db.engine.connect() as connection:
        problem = migrate.why_not_ready(connection)
    if problem:
        raise click.ClickException(problem)
    click.echo(f"database at {migrate.head()}, as this release needs it")


@click.group("jobs")
def jobs_group() -> None:
    """Run and look after background work."""


with_parent_option = click.option(
    "--with-parent", type=int, metavar="PID", help="Stop when this parent process is gone."
)


@jobs_group.command("work")
@with_parent_option
@pass_script_info
def jobs_work(script: ScriptInfo, with_parent: int | None) -> None:
    """Run jobs and deliver events until stopped (SIGTERM ends after the present job)."""
    _until_stopped(script, worker.work, with_parent)


@jobs_group.command("sweep")
@with_parent_option
@pass_script_info
def jobs_sweep(script: ScriptInfo, with_parent: int | None) -> None:
    """Beside Celery workers (they start it): send lost jobs again, queue recurring ones, deliver events."""
    _until_stopped(script, worker.sweep, with_parent)


def _until_stopped(script: ScriptInfo, loop: Callable[[Flask, threading.Event], None], with_parent: int | None) -> None:
    stop = process.stop_on_signals()
    if with_parent is not None:
        process.when_parent_gone(with_parent, stop.set)
    app = script.load_app()
    require_ready(app.extensions[EXTENSION].config)
    loop(app, stop)


@jobs_group.command("list")
@click.option("--limit", default=20, show_default=True, help="How many.")
@with_appcontext
def jobs_list(limit: int) -> None:
    """List the newest jobs."""
    for job in db.session.scalars(select(Job).order_by(Job.created_at.desc()).limit(limit)):
        click.echo(f"{job.id}  {job.state:<9}  {job.name:<28} {job.progress_done}/{job.progress_total}")


@jobs_group.command("again")
@click.argument("job_id", type=click.UUID)
@with_appcontext
def jobs_again(job_id: uuid.UUID) -> None:
    """Queue a failed or cancelled job once more."""
    queue.again(SYSTEM, job_id)
    click.echo("queued")


@jobs_group.command("drain")
@pass_script_info
def jobs_drain(script: ScriptInfo) -> None:
    """Run everything that is due, then end."""
    click.echo(f"{worker.drain(script.load_app())} jobs run")


@click.group("audit")
def audit_group() -> None:
    """Look after the audit log."""


@audit_group.command("verify")
@click.option("--contains", metavar="HASH", help="A last hash noted earlier: it must still be in the chain.")
@with_appcontext
def audit_verify(contains: str | None) -> None:
    """Recompute the hash chain; exit code 1 and the first broken place when it does not hold.

    Entries cut off at the end leave a chain that holds: note the last hash somewhere else and ask for it later.
    """
    in_order = select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=1000)
    with closing(db.session.scalars(in_order)) as entries:
        fault = audit.first_fault(entries)
    if fault is not None:
        raise click.ClickException(f"the audit log is broken: {fault.reason}")
    if contains and db.session.scalar(select(AuditEntry.seq).where(AuditEntry.hash == contains)) is None:
        raise click.ClickException(f"the audit log is broken: it no longer contains {contains}")
    last = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).first()
    click.echo(f"{last.seq if last else 0} entries, the chain holds, last hash {last.hash if last else audit.GENESIS}")


@click.group("events")
def events_group() -> None:
    """Look after events that could not be delivered."""


@events_group.command("parked")
@with_appcontext
def events_parked() -> None:
    """List parked events; exit code 1 when there are any."""
    rows = outbox.parked()
    for row in rows:
        click.echo(f"{row.event_id}  {row.subscriber}  {row.error.strip().splitlines()[-1]}")
    if rows:
        raise SystemExit(1)
    click.echo("none")


@events_group.command("retry")
@click.argument("subscriber")
@click.argument("event_id", type=int)
@with_appcontext
def events_retry(subscriber: str, event_id: int) -> None:
    """Hand a parked event to its subscriber once more."""
    outbox.retry(subscriber, event_id)
    click.echo("delivered")


@click.group("settings")
def settings_group() -> None:
    """Show and change dated settings."""


@settings_group.command("list")
@with_appcontext
def settings_list() -> None:
    """List every setting with the value in force today."""
    registry = kernel().settings
    for key in sorted(registry.specs):
        row = registry.in_force(key, clock.today())
        origin = f"since {row.valid_from}" if row else "default"
        click.echo(f"{key} = {json.dumps(registry.value(key), ensure_ascii=False)}  ({origin})")


@settings_group.command("set")
@click.argument("key")
@click.argument("value")
@click.option("--from", "valid_from", type=click.DateTime(["%Y-%m-%d"]), help="Day it takes effect; today by default.")
@click.option("--note", default="", help="Why: shown to the auditor.")
@with_appcontext
def settings_set(key: str, value: str, valid_from: dt.datetime | None, note: str) -> None:
    """Set KEY to VALUE (JSON: 72, true, "text") from a day on."""
    try:
        parsed = json.loads(value)
    except ValueError:
        parsed = value
    day = valid_from.date() if valid_from else clock.today()
    settings_service.set_value(SYSTEM, key, parsed, valid_from=day, note=note)
    click.echo(f"{key} = {json.dumps(parsed, ensure_ascii=False)} from {day}")


@click.command("config")
@with_appcontext
def config_command() -> None:
    """Print every key of the deployment's configuration; secrets are only said to be set."""
    config = kernel().config
    for spec in fields(Config):
        value = getattr(config, spec.name)
        shown = "(set)" if spec.metadata.get("secret") and value else value
        click.echo(f"LMS_{spec.name.upper()}={shown}\n    {spec.metadata['help']}")


COMMANDS = (db_group, jobs_group, audit_group, events_group, settings_group, config_command)
