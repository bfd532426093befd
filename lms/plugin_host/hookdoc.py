"""`lms plugins hooks`: the hooks and services as Markdown, made from their signatures; a test keeps the document so."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator

from lms.plugin_api import hookspecs, services
from lms.plugin_api.manifest import API_VERSION

_HEAD = """# Hooks and services

Plugin API {version}. Made by `lms plugins hooks`, compared by a test. How to write a plugin:
[guides/plugin-author.md](guides/plugin-author.md).

{rules}
"""
_KINDS = ("Register", "Participate", "Notify")


def hooks_document() -> str:
    """The whole document."""
    rules = inspect.cleandoc(hookspecs.__doc__ or "")
    parts = [_HEAD.format(version=API_VERSION, rules=rules)]
    for kind in _KINDS:
        parts += [f"## {kind}\n", *_hooks(kind)]
    parts += ["## Services\n", inspect.cleandoc(services.__doc__ or "") + "\n", *_services()]
    return "\n".join(parts)


def kind_of(hook: str) -> str:
    """Which of the three kinds a hook is, by its name."""
    if hook.startswith("lms_register_"):
        return "Register"
    return "Participate" if hook.endswith("ing") else "Notify"


def hook_names() -> list[str]:
    """Every hook, in the order of the file."""
    return [name for name, one in vars(hookspecs).items() if name.startswith("lms_") and inspect.isfunction(one)]


def _hooks(kind: str) -> Iterator[str]:
    for name in hook_names():
        if kind_of(name) == kind:
            call = getattr(hookspecs, name)
            yield f"### `{name}{_signature(call)}`\n\n{_prose(call)}\n"


def _services() -> Iterator[str]:
    for name, kind in services.Services.__annotations__.items():
        protocol = getattr(services, str(kind))
        yield f"### `services().{name}`\n\n{_prose(protocol)}\n"
        yield "".join(
            f"- `{method}{_signature(call)}`: {' '.join(_prose(call).split())}\n"
            for method, call in vars(protocol).items()
            if inspect.isfunction(call) and not method.startswith("_")
        )


def _signature(call: Callable[..., object]) -> str:
    text = str(inspect.signature(call)).replace("'", "")  # annotations are strings
    return text.replace("(self, ", "(").replace("(self)", "()")


def _prose(thing: object) -> str:
    """The docstring, its `:param:` and `:return:` as a list."""
    lines = inspect.cleandoc(thing.__doc__ or "").splitlines()
    return "\n".join(f"- {line}" if line.startswith(":") else line for line in lines)
