"""The fences around templates: what is printed comes from our own folder, what officers write is text with places.

Two environments, both sandboxed (no attribute of Python's own, nothing that changes a value): pages of a template
folder, and the one-line statements kept as data. A statement may hold text and `{{ place }}` only, no logic at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from lms.certificates.rules import in_numerals, in_words
from lms.kernel.errors import Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import listed
from lms.webkit.paper import page_environment as folder_environment

PRINTED = Path(__file__).parent / "printed"
TEMPLATES = tuple(sorted(folder.name for folder in PRINTED.iterdir() if folder.is_dir()))
PLACES = ("kind.title", "course.title", "course.version", "course.hours", "exam.title", "exam.session")
"""What a statement may name."""

_TEXT = (nodes.Template, nodes.Output, nodes.TemplateData)


def page_environment(template: str) -> ImmutableSandboxedEnvironment:
    """The environment of one template folder: it can read that folder's pages and nothing else."""
    env = folder_environment(PRINTED / template)
    env.filters.update(
        in_words=lambda text: in_words(dt.date.fromisoformat(text)),
        in_numerals=lambda text: in_numerals(dt.date.fromisoformat(text)),
        airy=lambda text: text.replace("“", " “").replace("”", "” "),  # Kai fonts draw these marks half as wide
    )
    return env


def render_statement(template: str, values: Mapping[str, Any]) -> str:
    """Fill a statement's places. Raises `Invalid` for anything but text and known places."""
    env = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    try:
        for node in _all_nodes(env.parse(template)):
            if not isinstance(node, _TEXT) and _place(node) not in PLACES:
                raise _unknown_place()
        return env.from_string(template).render(values)
    except TemplateError:
        raise _unknown_place() from None


def _all_nodes(root: nodes.Node) -> list[nodes.Node]:
    """The template's nodes; a place counts as one."""
    found, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        found.append(node)
        if isinstance(node, _TEXT):
            waiting.extend(node.iter_child_nodes())
    return found


def _place(node: nodes.Node) -> str:
    """`course.title` for the node that reads it, empty for any other."""
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        return f"{node.node.name}.{node.attr}"
    return ""


def _unknown_place() -> Invalid:
    return Invalid(
        _("证书文字里有不允许的内容。"),
        why=_("只能写文字和占位符，不能写别的模板语句。"),
        todo=_("可用的占位符：%(places)s。", places=listed(f"{{{{ {place} }}}}" for place in PLACES)),
        fields={"statement": _("请改正证书文字")},
    )
