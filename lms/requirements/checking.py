"""Asking whether people meet what is required: a list of conditions, or a tree with alternatives and equivalences.

Each distinct condition is asked once for everybody, so the number of statements does not depend on how many they are.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lms.kernel.i18n import gettext as _
from lms.requirements import kinds, queries, rules
from lms.requirements.kinds import Finding, RequirementType
from lms.requirements.rules import Group, Leaf, Look, Node, Way
from lms.webkit.registry import registry

Requirement = Mapping[str, Any]
"""A condition as data names it: `type` and `params`."""
Findings = Mapping[uuid.UUID, Sequence[Finding]]
Persons = Sequence[uuid.UUID]
Answers = Mapping[str, Mapping[uuid.UUID, Finding]]
"""What was found of each condition, by its key."""
AT_ONCE = 2000
"""Persons that are asked about together: a statement takes only so many ids."""
_Ask = Callable[[RequirementType, Mapping[str, Any]], Mapping[uuid.UUID, Finding] | None]


def checked(wanted: Sequence[Requirement], person_ids: Persons, on: dt.date) -> Findings:
    """What is found of each condition of a list, in order, for each person. Raises what a plugin's check refuses with.

    An equivalence counts here as well: then the sentence is that of what is met in its place.
    """
    return _listed(wanted, person_ids, on, _strict(person_ids, on))


def shown(wanted: Sequence[Requirement], person_ids: Persons, on: dt.date) -> Findings:
    """The same for a page: a check that fails or takes too long leaves its condition unanswered."""
    return _listed(wanted, person_ids, on, _lenient(person_ids, on))


@dataclass(frozen=True, slots=True)
class Tally:
    """Who of `asked` persons meets a tree, and how many meet each of its conditions, by key."""

    asked: int
    met: frozenset[uuid.UUID]
    by_condition: Mapping[str, int]


def tally(tree: Node, person_ids: Persons, on: dt.date) -> Tally:
    """Ask many persons, in parts. A check of a plugin that fails leaves its condition unmet."""
    wide, types = rules.widened(tree, queries.equivalences(on)), kinds.known()
    found: set[uuid.UUID] = set()
    counts: Counter[str] = Counter()
    for start in range(0, len(person_ids), AT_ONCE):
        part = person_ids[start : start + AT_ONCE]
        ask = _lenient(part, on, spoken=False)
        met: dict[str, set[uuid.UUID]] = {}
        for leaf in rules.distinct(wide):
            kind = types.get(leaf.type)
            answers = (ask(kind, leaf.params) if kind else None) or {}
            met[leaf.key] = {person for person, finding in answers.items() if finding.met}
        found |= rules.who_meets(wide, met, set(part))
        counts.update({key: len(persons) for key, persons in met.items()})
    return Tally(len(person_ids), frozenset(found), counts)


@dataclass(frozen=True, slots=True)
class Standing:
    """A node of a tree as a person stands to it: for a condition its finding, for a group its parts."""

    node: Node
    met: bool
    finding: Finding | None = None
    parts: tuple[Standing, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """How a person stands to a tree: met or not, what is missing, and the fastest way (None: there is none)."""

    standing: Standing
    missing: tuple[tuple[Leaf, Finding], ...]
    way: Way | None
    steps: tuple[tuple[Leaf, Finding], ...]

    @property
    def met(self) -> bool:
        return self.standing.met

    def leaves(self) -> Iterator[Standing]:
        """The conditions with their findings, from the top down; of what is met only those it rests on."""
        yield from _conditions(self.standing)


def assess(tree: Node, person_ids: Persons, on: dt.date, *, strict: bool = False) -> Mapping[uuid.UUID, Assessment]:
    """How each person stands to a tree. On a page a check that fails leaves its condition unanswered (not met)."""
    wide = rules.widened(tree, queries.equivalences(on))
    asked = rules.distinct(wide)
    ask = _strict(person_ids, on) if strict else _lenient(person_ids, on)
    answers = _answers(asked, person_ids, ask)
    return {person: _assessment(wide, answers, person) for person in person_ids}


def _assessment(wide: Node, answers: Answers, person: uuid.UUID) -> Assessment:
    looks = _looks(answers, person)
    way = rules.fastest(wide, looks)
    missing = tuple((leaf, answers[leaf.key][person]) for leaf in rules.missing(wide, looks))
    steps = tuple((leaf, answers[leaf.key][person]) for leaf in way.leaves) if way else ()
    return Assessment(_standing(wide, looks, answers, person), missing, way, steps)


def _standing(node: Node, looks: rules.Looks, answers: Answers, person: uuid.UUID) -> Standing:
    met = rules.is_met(node, looks)
    if isinstance(node, Leaf):
        return Standing(node, met, answers[node.key][person])
    return Standing(node, met, parts=tuple(_standing(part, looks, answers, person) for part in node.parts))


def _conditions(standing: Standing) -> Iterator[Standing]:
    if isinstance(standing.node, Leaf):
        yield standing
    for part in standing.parts:
        if part.met or not standing.met:  # the alternative that nobody needed says nothing
            yield from _conditions(part)


def _looks(answers: Answers, person: uuid.UUID) -> dict[str, Look]:
    return {key: _look(found[person]) for key, found in answers.items()}


def _look(finding: Finding) -> Look:
    return Look(finding.met, finding.days, finding.effort or 0)


def _answers(asked: Sequence[Leaf], person_ids: Persons, ask: _Ask) -> Answers:
    types = kinds.known()
    found: dict[str, dict[uuid.UUID, Finding]] = {}
    for leaf in asked:
        kind = types.get(leaf.type)
        answers = (ask(kind, leaf.params) if kind else None) or {}
        silent = Finding(met=False, text=_no_answer(leaf.type, kind))
        found[leaf.key] = {person: _planned(kind, answers.get(person), silent) for person in person_ids}
    return found


def _planned(kind: RequirementType | None, finding: Finding | None, silent: Finding) -> Finding:
    """A finding with what its type says of the way to it. One that was not answered leads nowhere."""
    if kind is None or finding is None:
        return silent
    days = kind.days if finding.days is None else finding.days
    effort = kind.effort if finding.effort is None else finding.effort
    return replace(finding, days=days, effort=effort)


def _listed(wanted: Sequence[Requirement], person_ids: Persons, on: dt.date, ask: _Ask) -> Findings:
    known = queries.equivalences(on) if wanted else []
    nodes = [rules.widened(rules.parse(one), known) for one in wanted]
    answers = _answers(rules.distinct(Group(rules.How.ALL, tuple(nodes))), person_ids, ask)
    return {person: [_said(node, _looks(answers, person), answers, person) for node in nodes] for person in person_ids}


def _said(node: Node, looks: rules.Looks, answers: Answers, person: uuid.UUID) -> Finding:
    """One finding for a condition and what counts as it: met by the first that is, else the condition's own."""
    if isinstance(node, Leaf):
        return answers[node.key][person]
    met = next((part for part in node.parts if rules.is_met(part, looks)), None)
    own = _said(node.parts[0], looks, answers, person)
    if met is None or own.met:
        return own
    said = [answers[leaf.key][person].text for leaf in rules.distinct(met) if looks[leaf.key].met]
    return replace(own, met=True, text=_("按视同规定：%(why)s", why="".join(map(str, said))))


def _strict(person_ids: Persons, on: dt.date) -> _Ask:
    return lambda kind, params: kind.check(person_ids, params, on)


def _lenient(person_ids: Persons, on: dt.date, *, spoken: bool = True) -> _Ask:
    """Ask behind the shield; the words are not `spoken` where only the answers are counted."""

    def asked(kind: RequirementType, params: Mapping[str, Any]) -> Mapping[uuid.UUID, Finding] | None:
        def call() -> dict[uuid.UUID, Finding]:
            found = dict(kind.check(person_ids, params, on))
            return {person: _spoken(one) for person, one in found.items()} if spoken else found

        answer: Mapping[uuid.UUID, Finding] | None = registry().shown(kind, "requirement", call)
        return answer

    return asked


def _spoken(one: Finding) -> Finding:
    """With its words spoken while the check is being shielded: a lazy text may fail as well."""
    progress = replace(one.progress, unit=str(one.progress.unit)) if one.progress else None
    return replace(one, text=str(one.text), progress=progress)


def _no_answer(key: str, kind: RequirementType | None) -> str:
    if kind is not None:
        return _("“%(title)s”现在查不到结果。", title=kind.title)
    installed = kinds.installed(key)
    title = installed.title if installed else key
    return _("“%(title)s”现在无法核对：提供它的模块已停用或没有安装。", title=title)
