"""Trees of conditions: met, missing, and the fastest way there. Pure.

A tree is data: a leaf `{"type": "course", "params": {...}}` or a group `{"how": "all" | "any" | "some", "parts":
[...]}`, where `some` also says how many (`need`). An equivalence lets another tree count where a leaf stands.
"""

from __future__ import annotations

import enum
import itertools
import json
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

MOST_LEAVES, MOST_DEPTH, MOST_SHARED = 40, 6, 8
"""A tree that people can still read; how many conditions that occur more than once are weighed against each other."""
_NEVER = 10**9


P = TypeVar("P")


class How(enum.StrEnum):
    """How many parts of a group must hold."""

    ALL = "all"
    ANY = "any"
    SOME = "some"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition. Two leaves of the same type and params are the same condition, wherever they stand."""

    type: str
    params: Mapping[str, Any]

    @property
    def key(self) -> str:
        """What tells conditions apart."""
        return json.dumps([self.type, self.params], sort_keys=True, ensure_ascii=False)

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"type": self.type, "params": dict(self.params)}


@dataclass(frozen=True, slots=True)
class Group:
    """Several parts. `counts_as` are the codes of the equivalences that put its parts beside its first, a leaf."""

    how: How
    parts: tuple[Node, ...] = ()
    need: int = 1
    counts_as: tuple[str, ...] = ()

    @property
    def wanted(self) -> int:
        """How many parts must hold."""
        return {How.ALL: len(self.parts), How.ANY: 1, How.SOME: self.need}[self.how]

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        found: dict[str, Any] = {"how": self.how.value, "parts": [part.plain() for part in self.parts]}
        return found | ({"need": self.need} if self.how is How.SOME else {})


Node = Leaf | Group
NOTHING = Group(How.ALL)
"""The tree that asks for nothing."""


def parse(stored: Mapping[str, Any]) -> Node:
    """A tree of its JSON. Raises `ValueError` for what is none."""
    match stored:
        case {"type": str(key), "params": dict(params), **rest} if not rest:
            return Leaf(key, params)
        case {"how": str(how), "parts": list(parts), **rest} if not rest.keys() - {"need"}:
            need = rest.get("need", 1)
            if not isinstance(need, int) or isinstance(need, bool):
                raise ValueError("need is a number")  # noqa: TRY004 - of data, not of code
            return Group(How(how), tuple(parse(part) for part in parts), need)
    raise ValueError("neither a condition nor a group")


def leaves(node: Node) -> Iterator[Leaf]:
    """Every leaf, from the top down; one that occurs twice comes twice."""
    if isinstance(node, Leaf):
        yield node
        return
    for part in node.parts:
        yield from leaves(part)


def distinct(node: Node) -> list[Leaf]:
    """Every condition once, in the order in which they first stand."""
    return list({leaf.key: leaf for leaf in leaves(node)}.values())


def faults(node: Node) -> Iterator[tuple[str, str]]:
    """What is wrong with a tree: (where, code). `where` is a path like `0.2`, empty for the tree itself."""
    if len(list(leaves(node))) > MOST_LEAVES:
        yield "", "many"
    if _depth(node) > MOST_DEPTH:
        yield "", "deep"
    if isinstance(node, Group) and node.how is How.ALL and not node.parts:
        return
    yield from _group_faults(node, ())


def _group_faults(node: Node, path: tuple[int, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(node, Leaf):
        return
    where = ".".join(map(str, path))
    if not node.parts:
        yield where, "empty"
    elif node.how is How.SOME and not 1 <= node.need <= len(node.parts):
        yield where, "need"
    for number, part in enumerate(node.parts):
        yield from _group_faults(part, (*path, number))


def _depth(node: Node) -> int:
    return 1 if isinstance(node, Leaf) else 1 + max((_depth(part) for part in node.parts), default=0)


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Whoever meets `tree` is counted as meeting the condition with a key."""

    code: str
    key: str
    tree: Node


def widened(node: Node, known: Sequence[Equivalence], using: tuple[str, ...] = ()) -> Node:
    """The tree with every equivalence beside the leaf it stands for.

    On one way down an equivalence is used once, so that two that name each other lead nowhere, and it ends.
    """
    if isinstance(node, Group):
        return replace(node, parts=tuple(widened(part, known, using) for part in node.parts))
    fitting = [one for one in known if one.key == node.key and one.code not in using]
    if not fitting:
        return node
    others = tuple(widened(one.tree, known, (*using, one.code)) for one in fitting)
    return Group(How.ANY, (node, *others), counts_as=tuple(one.code for one in fitting))


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a condition: met, or in how many days at the earliest (None: no way), with how much work."""

    met: bool
    days: int | None = None
    effort: int = 0


def granting(node: Node, types: Container[str]) -> Node:
    """The tree with every condition of some types taken as met."""
    if isinstance(node, Leaf):
        return NOTHING if node.type in types else node
    return replace(node, parts=tuple(granting(part, types) for part in node.parts))


Looks = Mapping[str, Look]
_UNKNOWN = Look(met=False)


def is_met(node: Node, looks: Looks) -> bool:
    """Whether a tree holds. A condition nobody knows anything of does not."""
    if isinstance(node, Leaf):
        return looks.get(node.key, _UNKNOWN).met
    return sum(is_met(part, looks) for part in node.parts) >= node.wanted


def who_meets(node: Node, met: Mapping[str, set[P]], everybody: set[P]) -> set[P]:
    """Who of many meets a tree, by who meets each of its conditions."""
    if isinstance(node, Leaf):
        return met.get(node.key, set()) & everybody
    if node.how is How.SOME:
        counts = Counter(itertools.chain.from_iterable(who_meets(part, met, everybody) for part in node.parts))
        return {person for person in everybody if counts[person] >= node.need}
    groups = [who_meets(part, met, everybody) for part in node.parts]
    return set().union(*groups) if node.how is How.ANY else everybody.intersection(*groups)


def missing(node: Node, looks: Looks) -> list[Leaf]:
    """The conditions that do not hold and would help, each once: none of a group that holds anyhow."""
    if is_met(node, looks):
        return []
    if isinstance(node, Leaf):
        return [node]
    found = itertools.chain.from_iterable(missing(part, looks) for part in node.parts)
    return list({leaf.key: leaf for leaf in found}.values())


@dataclass(frozen=True, slots=True)
class Way:
    """The conditions to fulfil: done side by side they take so many days, and so much work together."""

    leaves: tuple[Leaf, ...]
    days: int
    effort: int


def fastest(node: Node, looks: Looks) -> Way | None:
    """The way to a tree that is done first and, of those, asks for the least work; None where there is none.

    Exact while at most `MOST_SHARED` missing conditions occur more than once: what is done once counts everywhere.
    """
    days = _wait(node, looks)
    if days == _NEVER:
        return None
    found = {leaf.key: leaf for leaf in leaves(node)}
    prices = {key: _price(looks.get(key, _UNKNOWN), days) for key in found}
    counts = Counter(leaf.key for leaf in leaves(node))
    open_ = [key for key, price in prices.items() if price not in {None, _FREE}]
    shared = [key for key in open_ if counts[key] > 1][:MOST_SHARED]
    ways = [_with(node, prices, set(shared), chosen) for chosen in _subsets(shared)]
    effort, _number, keys = min(way for way in ways if way is not None)
    longest = max((looks[key].days or 0 for key in keys), default=0)
    return Way(tuple(found[key] for key in found if key in set(keys)), longest, effort)


_Price = tuple[int, int]
_FREE: _Price = (0, 0)
_Plan = tuple[int, int, tuple[str, ...]]


def _wait(node: Node, looks: Looks) -> int:
    if isinstance(node, Leaf):
        look = looks.get(node.key, _UNKNOWN)
        return 0 if look.met else _NEVER if look.days is None else look.days
    waits = sorted(_wait(part, looks) for part in node.parts)
    if node.wanted > len(waits):
        return _NEVER
    return waits[node.wanted - 1] if node.wanted else 0


def _price(look: Look, days: int) -> _Price | None:
    """(work, how many conditions); None for what would take longer."""
    if look.met:
        return _FREE
    return (look.effort, 1) if look.days is not None and look.days <= days else None


def _subsets(keys: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return itertools.chain.from_iterable(itertools.combinations(keys, size) for size in range(len(keys) + 1))


def _with(node: Node, prices: Mapping[str, _Price | None], shared: set[str], chosen: tuple[str, ...]) -> _Plan | None:
    """The best plan that fulfils just `chosen` of the shared conditions: they are paid once and then free."""
    free: dict[str, _Price | None] = {key: _FREE if key in chosen else None for key in shared}
    rest = _cheapest(node, {**prices, **free})
    if rest is None:
        return None
    paid = [prices[key] or _FREE for key in chosen]
    keys = tuple(sorted({*rest[2], *chosen}))
    return rest[0] + sum(one[0] for one in paid), rest[1] + len(chosen), keys


def _cheapest(node: Node, prices: Mapping[str, _Price | None]) -> _Plan | None:
    if isinstance(node, Leaf):
        price = prices[node.key]
        return None if price is None else (*price, (node.key,) if price != _FREE else ())
    plans = sorted(plan for part in node.parts if (plan := _cheapest(part, prices)) is not None)
    if len(plans) < node.wanted:
        return None
    taken = plans[: node.wanted]
    keys = tuple(itertools.chain.from_iterable(plan[2] for plan in taken))
    return sum(plan[0] for plan in taken), sum(plan[1] for plan in taken), keys
