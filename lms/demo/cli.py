"""`lms demo`: the demonstration behind `make demo`."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import click
from flask import Flask

from lms.app import create_app
from lms.demo.browser import Browser
from lms.demo.cast import EVERYBODY
from lms.demo.notebook import Notebook
from lms.demo.report import DEFAULT_FOLDER, report
from lms.demo.scene import Scene
from lms.demo.site import HOST, Server, Site, note_fault
from lms.demo.steps import Display, StepFailed, run
from lms.demo.walk import STEPS
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.fastpath import fastpath
from lms.kernel.process import require_free

_data = click.option(
    "--data",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_FOLDER,
    show_default=True,
    help="Folder of the demonstration's own database and files.",
)


@click.group("demo", invoke_without_command=True)
@_data
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Where it serves.")
@click.option(
    "--people", default=2000, show_default=True, type=click.IntRange(20, 50_000), help="People on the roster."
)
@click.option(
    "--courses",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("courses"),
    show_default=True,
    help="Folder of the course packages.",
)
@click.option("--serve/--no-serve", default=True, help="Go on serving after the walk.")
@click.pass_context
def demo(context: click.Context, folder: Path, port: int, people: int, courses: Path, *, serve: bool) -> None:
    """Set up an academy with invented people, walk its main job over HTTP, and go on serving it."""
    if context.invoked_subcommand is not None:
        return
    require_free(HOST, port)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    site = Site(folder, port)
    with _ended_by_signals():
        _perform(site, people, courses, serve=serve)


@demo.command("codes")
@_data
@click.argument(
    "usernames", nargs=-1, type=click.Choice([officer.username for officer in EVERYBODY]), metavar="[USERNAME]..."
)
def codes(folder: Path, usernames: tuple[str, ...]) -> None:
    """Print a fresh one-time code for each officer account, or for the named ones."""
    notebook = Notebook.open(folder)
    for officer in EVERYBODY:
        if not usernames or officer.username in usernames:
            code, now = notebook.code(officer.username), clock.now().timestamp()
            early = f", usable in {code.usable_from - now:.0f} s" if code.usable_from > now else ""
            click.echo(f"{officer.username:<16}{code.digits}  for {code.usable_until - now:.0f} s{early}")


def _perform(site: Site, people: int, courses: Path, *, serve: bool) -> None:
    app, display = create_app(site.config()), Display(len(STEPS))
    with ExitStack() as open_until_end:
        open_until_end.callback(_close, app)
        scene = Scene(
            site=site,
            app=app,
            people=people,
            courses=courses,
            notebook=Notebook.open(site.folder),
            learner=Browser(site.url),
            volunteer=Browser(site.url),
            note=display.note,
            open_until_end=open_until_end,
        )
        try:
            run(STEPS, scene, display)
        except StepFailed as failed:
            note_fault(site, failed)
            raise click.ClickException(
                f"{failed}\nThe log is {site.log}. To begin anew, remove the folder {site.folder}."
            ) from None
        click.echo(report(scene))
        if serve and scene.server is not None:
            _go_on(site, scene.server)


def _close(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()
        fastpath().close()


def _go_on(site: Site, server: Server) -> None:
    """Serve until somebody ends it, which is no failure; the server ending by itself is."""
    click.echo(f"Serving on {site.url}, Ctrl-C ends it. The log is {site.log}.")
    try:
        code = server.wait()
    except KeyboardInterrupt:
        click.echo()
        return
    raise click.ClickException(f"the server ended with code {code}, see {site.log}")


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block as Ctrl-C does, so that the server is never left behind."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
