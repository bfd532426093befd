"""YAML with the line of every value, and without what makes YAML dangerous: aliases, tags, endless nesting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from lms.kernel.i18n import gettext as _

Path = tuple[str | int, ...]
_DEEPEST = 12
_PLAIN = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "map", "seq")}


class YamlFaultError(Exception):
    """The text is no YAML we accept."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


@dataclass(frozen=True)
class YamlDocument:
    """The plain data, and the line (from 1) on which each value begins."""

    data: Any
    lines: Mapping[Path, int]

    def line(self, *path: str | int) -> int:
        """The line of a value, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class _Loader(yaml.SafeLoader):
    """YAML 1.1 in which dates stay texts."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(text: str) -> YamlDocument:
    """Parse one document. Raises `YamlFaultError` with the line and the reason in words."""
    lines: dict[Path, int] = {}
    try:
        _refuse_dangerous(text)
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise YamlFaultError(1, _("文件是空的。"))
        return YamlDocument(_built(loader, node, (), lines), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlFaultError(mark.line + 1 if mark else 1, _reason(error)) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise YamlFaultError(1, _("文件不是有效的 YAML 文本，或嵌套过深。")) from None


def _refuse_dangerous(text: str) -> None:
    """Read event by event, before anything is built: PyYAML takes quadratic time for deep nesting."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise YamlFaultError(line, _("不能使用 YAML 的锚点和别名（& 和 *），请把内容写全。"))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise YamlFaultError(line, _("嵌套过深。"))


def _built(loader: _Loader, node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    line = lines.setdefault(path, node.start_mark.line + 1)
    if node.tag not in _PLAIN:
        raise YamlFaultError(line, _("不能使用 YAML 标签“%(tag)s”。", tag=node.tag))
    if isinstance(node, yaml.MappingNode):
        return {key: _built(loader, value, (*path, key), lines) for key, value in _pairs(loader, node, path, lines)}
    if isinstance(node, yaml.SequenceNode):
        return [_built(loader, child, (*path, index), lines) for index, child in enumerate(node.value)]
    return loader.construct_object(node)


def _pairs(
    loader: _Loader, node: yaml.MappingNode, path: Path, lines: dict[Path, int]
) -> Iterator[tuple[str, yaml.Node]]:
    """Keys and values; the line of a value is that of its key, which is where an author looks."""
    seen: set[str] = set()
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = loader.construct_object(key_node) if isinstance(key_node, yaml.ScalarNode) else None
        if not isinstance(key, str):
            raise YamlFaultError(line, _("左边的名称应当是文字。"))
        if key in seen:
            raise YamlFaultError(line, _("“%(key)s”写了两次。", key=key))
        seen.add(key)
        lines[*path, key] = line
        yield key, value_node


def _reason(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    if "\\t" in problem:
        return _("缩进请用空格，不要用制表符（Tab）。")
    if "mapping values are not allowed" in problem:
        return _("这里多出一个冒号。文字里有半角冒号时，请给整段文字加引号。")
    if "expected <block end>" in problem or "expected ',' or" in problem:
        return _("缩进或括号不对应，请检查这一行和上一行。")
    return _("YAML 写法有误：%(problem)s", problem=problem)
