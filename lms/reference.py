"""`lms reference`: what this release registers, as Markdown. `docs/reference.md` is its output, kept so by a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click
from flask import Flask
from flask.cli import ScriptInfo

from lms.access.roles import roles
from lms.app import create_app
from lms.config import Config
from lms.credits.counting import CreditRule
from lms.kernel.i18n import in_locale
from lms.kernel.runtime import kernel
from lms.questions.dto import QuestionType
from lms.requirements.kinds import RequirementType
from lms.webkit.blueprint import policy_of
from lms.webkit.registry import registry

OFFERED: Mapping[str, type[Any]] = {
    "Question types": QuestionType,
    "Credit rules": CreditRule,
    "Requirement types": RequirementType,
}
"""What rooms and plugins offer other rooms, beside roles."""

_HEAD = """# Reference

What the core registers: made by `lms reference`, compared by a test. Titles are those of the English pages.
"""


def reference(app: Flask, root: click.Group) -> str:
    """The whole page."""
    with in_locale("en"):
        sections = {
            "Permissions": _permissions(),
            "Roles": _roles(),
            "Settings": _settings(),
            "Jobs": _jobs(),
            "Events": _events(),
            "Messages": (f"- `{kind.key}` — {kind.title}" for _, kind in sorted(registry().messages.items())),
            **{title: _offers(kind) for title, kind in OFFERED.items()},
            "Commands": _commands(root, "lms", ScriptInfo(create_app=lambda: app)),
            "Pages": _pages(app),
        }
        parts = [_HEAD, *(f"## {title}\n\n" + "\n".join(lines) + "\n" for title, lines in sections.items())]
    return "\n".join(parts)


def _offers(kind: type[Any]) -> Iterator[str]:
    for key, offer in sorted(registry().known(kind).items()):
        yield f"- `{key}` — {offer.title}"


def _permissions() -> Iterator[str]:
    for key, permission in sorted(registry().permissions.items()):
        yield f"- `{key}` — {permission.title}"


def _roles() -> Iterator[str]:
    for role in roles().values():
        yield f"- **{role.title}** (`{role.key}`): " + ", ".join(f"`{key}`" for key in sorted(role.permissions))


def _settings() -> Iterator[str]:
    for key, spec in sorted(kernel().settings.specs.items()):
        flag = ", illustrative" if spec.illustrative else ""
        yield f"- `{key}` = `{spec.default!r}`{flag} — {spec.title}"


def _jobs() -> Iterator[str]:
    for name, spec in sorted(kernel().jobs.specs.items()):
        every = f", every {spec.every_seconds} s" if spec.every_seconds else ""
        yield f"- `{name}` — {spec.title} (at most {spec.max_attempts} tries{every})"


def _events() -> Iterator[str]:
    for name, event_type in sorted(kernel().bus.types.items()):
        fields = ", ".join(key for key in event_type.__dataclass_fields__ if key != "event_id")
        yield f"- `{name}` (version {event_type.schema}): {fields}"


def _commands(group: click.Group, path: str, script: ScriptInfo) -> Iterator[str]:
    context = click.Context(group, obj=script)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None and (not isinstance(command, click.Group) or command.invoke_without_command):
            yield f"- `{path} {name}` — {command.get_short_help_str(200)}"
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}", script)


def _pages(app: Flask) -> Iterator[str]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        policy = policy_of(app.view_functions[rule.endpoint])
        if policy is None:
            continue
        methods = "/".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        yield f"- `{methods} {rule.rule}` — {policy.permission or policy.kind}"


@click.command("reference")
@click.pass_context
def command(context: click.Context) -> None:
    """Print the permissions, settings, jobs, events, commands and pages of this release's core as Markdown."""
    root = context.find_root().command
    if isinstance(root, click.Group):
        core = create_app(Config.from_env(), plugins=())
        with core.app_context():
            click.echo(reference(core, root), nl=False)
