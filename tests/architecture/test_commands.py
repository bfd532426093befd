"""Every command of `lms` explains itself and ends with an exit code that says how it went."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo

from lms.app import create_app
from lms.cli import main
from lms.config import Config
from lms.plugin_host.host import EXTENSION, PluginHost

LONGEST_FIRST_LINE = 120


def commands(group: click.Group, script: ScriptInfo, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    with click.Context(group, obj=script) as context:  # getting a command opens the application's context
        known = {name: group.get_command(context, name) for name in group.list_commands(context)}
    for name, command in known.items():
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, script, *path, name)


@pytest.fixture(scope="module")
def script(tmp_path_factory) -> ScriptInfo:
    """The application on a database that was never made: enough to be told what a command is for."""
    app = create_app(Config.from_env({}, data_dir=tmp_path_factory.mktemp("commands"), testing=True))
    return ScriptInfo(create_app=lambda: app)


def host_of(script: ScriptInfo) -> PluginHost:
    return script.load_app().extensions[EXTENSION]


def test_every_command_and_option_says_what_it_is_for(script):
    silent = []
    for path, command in commands(main, script):
        first_line = (command.help or "").strip().partition("\n")[0]
        if not 0 < len(first_line) <= LONGEST_FIRST_LINE:
            silent.append(" ".join(path))
        silent += [
            f"{' '.join(path)} {option.opts[0]}"
            for option in command.params
            if isinstance(option, click.Option) and not option.help
        ]
    assert silent == []


def test_help_is_printed_with_exit_code_0_and_wrong_usage_ends_with_2(script):
    for path, command in commands(main, script):
        shown = CliRunner().invoke(main, [*path, "--help"], obj=script)
        assert (shown.exit_code, shown.output.splitlines()[0].startswith("Usage: lms ")) == (0, True), path
        wrong = CliRunner().invoke(main, [*path, "--no-such-option"], obj=script)
        assert wrong.exit_code == 2, (path, command)


NO_DATABASE = {
    ("courses", "schema"),
    ("demo", "codes"),
    ("jobs", "sweep"),
    ("jobs", "work"),
    ("plugins", "check"),
    ("plugins", "hooks"),
    ("plugins", "list"),
}
"""Commands that answer without one, or wait for it."""


def test_a_command_that_needs_the_database_is_refused_in_one_line_before_there_is_one(script):
    for path, command in commands(main, script):
        needs_more = any(param.required for param in command.params)
        if isinstance(command, click.Group) or needs_more or path[0] in {"db", "serve", "config", "reference"}:
            continue
        if path in NO_DATABASE:
            continue
        refused = CliRunner().invoke(main, list(path), obj=script)
        way_out = f"lms plugins enable {path[0]}" if path[0] in host_of(script).plugins else "lms db upgrade"
        assert refused.exit_code == 1, (path, refused.output)
        assert way_out in refused.output, (path, refused.output)
        assert "Traceback" not in refused.output
