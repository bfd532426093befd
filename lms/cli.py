"""The `lms` command. Exit codes: 0 done, 1 refused (the message says why), 2 wrong usage."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from functools import partial
from typing import Any

import click
from flask.cli import FlaskGroup
from granian import Granian
from granian.constants import Interfaces
from sqlalchemy.exc import OperationalError, ProgrammingError

from lms import reference
from lms.app import create_app
from lms.config import Config, ConfigError
from lms.demo.cli import demo
from lms.kernel import log
from lms.kernel.cli import COMMANDS, require_ready, with_parent_option
from lms.kernel.errors import LmsError
from lms.kernel.process import end_with_parent, kept_running, require_free


class Commands(FlaskGroup):
    """Every command of the kernel and of the rooms; a refusal is one clear line, not a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (LmsError, ConfigError) as error:
            raise click.ClickException(str(error)) from None
        except (OperationalError, ProgrammingError) as error:
            hint = "the database cannot be used as it is; `lms db upgrade` creates or upgrades its tables"
            raise click.ClickException(f"{hint}\n{error.orig}") from None

    def _load_plugin_commands(self) -> None:
        """Leave out what other packages offer to every Flask application."""


main = Commands(
    name="lms",
    create_app=create_app,
    add_default_commands=False,
    load_dotenv=False,
    help="Run and look after the academy: database, jobs, people, courses, exams, certificates.",
)
main.params = [param for param in main.params if param.name == "help"]  # Flask's own choices of app and debugger
for command in (*COMMANDS, reference.command, demo):
    main.add_command(command)


@main.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--processes", default=2, show_default=True, help="Web processes.")
@click.option("--threads", default=16, show_default=True, help="Requests one process works on at a time.")
@click.option("--worker/--no-worker", default=True, help="Run background jobs beside the web processes.")
@with_parent_option
def serve(host: str, port: int, processes: int, threads: int, *, worker: bool, with_parent: int | None) -> None:
    """Serve the site and, on a single machine, work on its background jobs."""
    config = Config.from_env()
    log.configure(config.log_level)
    require_ready(config)
    require_free(host, port)
    if with_parent is not None:
        end_with_parent(with_parent)
    os.register_at_fork(after_in_child=partial(end_with_parent, os.getpid()))  # web processes end with this one
    server = Granian(
        "lms.wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        websockets=False,
        workers=processes,
        blocking_threads=threads,
        respawn_failed_workers=True,
        log_access=False,
        log_dictconfig={"handlers": {}, "loggers": {"_granian": {"propagate": True}}},  # as everything else
    )
    with ExitStack() as companions:
        if worker and not config.broker_url:
            command = [sys.executable, "-m", "lms", "jobs", "work", "--with-parent", str(os.getpid())]
            companions.enter_context(kept_running(command))
        server.serve()
