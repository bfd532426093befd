"""Changing a tree at a place: what the officers' editor does, click by click. Pure; a path is a row of positions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lms.requirements.rules import Group, How, Node

Path = tuple[int, ...]


def path_of(text: str) -> Path:
    """A path of its text `0.2`; the empty one is the tree itself. Raises `ValueError`."""
    return tuple(int(part) for part in text.split(".")) if text else ()


def at(tree: Node, path: Path) -> Node:
    """The node at a path. Raises `ValueError` where there is none."""
    for number in path:
        if not isinstance(tree, Group) or not 0 <= number < len(tree.parts):
            raise ValueError("no such place")
        tree = tree.parts[number]
    return tree


def add(tree: Node, path: Path, new: Node) -> Node:
    """Put a node last into the group at a path."""
    return _changed(tree, path, lambda node: _group(node, (*_parts(node), new)))


def put(tree: Node, path: Path, new: Node) -> Node:
    """Put a node in place of the one at a path."""
    return _changed(tree, path, lambda _node: new)


def regroup(tree: Node, path: Path, how: How, need: int) -> Node:
    """Let the group at a path ask for all, one or so many of its parts."""
    return _changed(tree, path, lambda node: Group(how, _parts(node), need))


def remove(tree: Node, path: Path) -> Node:
    """Take the node at a path away; of the whole tree an empty one is left."""
    if not path:
        return Group(How.ALL)
    return _changed(tree, path[:-1], lambda node: _group(node, _without(node, path[-1])))


def move(tree: Node, path: Path, by: int) -> Node:
    """Move the node at a path among its neighbours; at the end of their row it stays."""
    moving = at(tree, path)

    def moved(node: Node) -> Node:
        rest = list(_without(node, path[-1]))
        rest.insert(max(0, min(len(rest), path[-1] + by)), moving)
        return _group(node, tuple(rest))

    return _changed(tree, path[:-1], moved) if path else tree


def nest(tree: Node, path: Path) -> Node:
    """Put a group around the node at a path, so that alternatives can be set beside it."""
    return _changed(tree, path, lambda node: Group(How.ANY, (node,)))


def move_in(tree: Node, path: Path) -> Node:
    """Move the node at a path to the end of the group that stands before it. Raises `ValueError` where none does."""
    if not path or path[-1] == 0 or not isinstance(at(tree, (*path[:-1], path[-1] - 1)), Group):
        raise ValueError("no group before it")
    moving = at(tree, path)
    return add(remove(tree, path), (*path[:-1], path[-1] - 1), moving)


def move_out(tree: Node, path: Path) -> Node:
    """Move the node at a path out of its group, to stand after it. Raises `ValueError` at the top."""
    if len(path) < 2:
        raise ValueError("nowhere to go")
    moving, parent = at(tree, path), path[:-1]

    def with_it(node: Node) -> Node:
        parts = list(_parts(node))
        parts.insert(parent[-1] + 1, moving)
        return _group(node, tuple(parts))

    return _changed(remove(tree, path), parent[:-1], with_it)


def _changed(tree: Node, path: Path, change: Callable[[Node], Node]) -> Node:
    if not path:
        return change(tree)
    inner = _changed(at(tree, path[:1]), path[1:], change)
    parts = list(_parts(tree))
    parts[path[0]] = inner
    return _group(tree, tuple(parts))


def _parts(node: Node) -> tuple[Node, ...]:
    if not isinstance(node, Group):
        raise ValueError("a condition has no parts")  # noqa: TRY004 - a place that is none, like the others
    return node.parts


def _without(node: Node, number: int) -> tuple[Node, ...]:
    parts = _parts(node)
    if not 0 <= number < len(parts):
        raise ValueError("no such place")
    return parts[:number] + parts[number + 1 :]


def _group(node: Node, parts: tuple[Node, ...]) -> Node:
    if not isinstance(node, Group):
        raise ValueError("a condition has no parts")  # noqa: TRY004 - a place that is none, like the others
    return replace(node, parts=parts)
