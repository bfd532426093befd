"""The types of condition there are: offered by rooms and plugins, looked up by key.

A condition whose type nobody answers for now is not met: nothing is decided on what could not be checked.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jsonschema

from lms.webkit.registry import registry

Choices = Callable[[], Sequence[tuple[str, Any]]]
Check = Callable[[Sequence[uuid.UUID], Mapping[str, Any], dt.date], Mapping[uuid.UUID, "Finding"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far somebody is: `have` of `need`, in whole numbers of `unit`, a lazy text."""

    have: int
    need: int
    unit: Any

    @property
    def percent(self) -> int:
        """The share that is done, at most 100."""
        return min(100, self.have * 100 // self.need) if self.need else 100


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a person meets a requirement, and the sentence that says so, in the reader's language.

    Of one that is not met it may also say how far the person is (`progress`), in how many days it can be met at the
    earliest and with how many hours of work (None: as its type says), and where to do something about it (`href`).
    """

    met: bool
    text: Any
    progress: Progress | None = None
    days: int | None = None
    effort: int | None = None
    href: str = ""


@dataclass(frozen=True, slots=True)
class RequirementType:
    """A type of requirement.

    :param key: named by the data of what requires it.
    :param title: what officers call it, a lazy text.
    :param schema: JSON Schema (draft 2020-12) of its `params`, an object. The officers' form is made of it: integers,
        booleans, `enum` and short texts; a whole number of minutes with `"x-hours": true` is typed in hours.
    :param check: findings for many persons at once, by their ids, for `params` on a day: a list of candidates must not
        cost a query for each. A person it leaves out does not meet the requirement.
    :param labels: what the form calls each param, lazy texts.
    :param units: the unit of a number, a lazy text.
    :param choices: for a param with more values than the schema lists: gives (value, title) when the form is shown.
    :param days: in how many days it is usually met, where a finding does not say.
    :param effort: with how many hours of work.
    :param builds_up: counted up over a term, as hours and assessments are: whoever is in the middle of one need not
        meet it yet.

    Raises `jsonschema.SchemaError` for a schema that is none.
    """

    key: str
    title: Any
    schema: Mapping[str, Any]
    check: Check
    labels: Mapping[str, Any] = field(default_factory=dict)
    units: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, Choices] = field(default_factory=dict)
    days: int = 30
    effort: int = 8
    builds_up: bool = False

    def __post_init__(self) -> None:
        jsonschema.Draft202012Validator.check_schema(self.schema)

    def sound(self, _name: str, answer: object) -> bool:
        """Whether an answer of `check` can be one."""
        return isinstance(answer, Mapping) and all(isinstance(one, Finding) for one in answer.values())

    @property
    def params(self) -> Mapping[str, Any]:
        """The schema of each param, by name."""
        found: Mapping[str, Any] = self.schema.get("properties", {})
        return found

    def faults(self, params: object) -> dict[str, str]:
        """What is wrong with params, by name; what is about none of them stands under the empty name."""
        found = jsonschema.Draft202012Validator(self.schema).iter_errors(params)
        return {str(one.path[0]) if one.path else "": one.message for one in found}

    def fault(self, params: object) -> str:
        """What is wrong with params, for whoever writes them; empty when they are sound."""
        found = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(self.schema).iter_errors(params))
        return found.message if found else ""


def known() -> dict[str, RequirementType]:
    """The types somebody answers for now, by key."""
    return registry().offered(RequirementType)


def installed(key: str) -> RequirementType | None:
    """A type by key, switched on or not: for saying what was asked with it."""
    return registry().known(RequirementType).get(key)
