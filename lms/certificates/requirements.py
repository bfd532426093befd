"""What a certificate asks for beside its course and examination: requirement types that rooms and plugins offer.

A kind of certificate names requirements as data, `[{"type": "hours", "params": {"minutes": 600, "months": 12}}]`. A
requirement whose type nobody answers for now is not met: nothing is issued on what could not be checked.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jsonschema
from sqlalchemy import func, select

from lms.credits.models import CreditEntry
from lms.credits.wording import LEVELS
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import pick
from lms.people.models import Qualification, QualificationKind
from lms.practice import queries as practice
from lms.webkit.registry import registry
from lms.webkit.templating import minutes as minutes_text

Requirement = Mapping[str, Any]
"""A requirement as a kind of certificate names it: `type` and `params`."""
Findings = Mapping[uuid.UUID, Sequence["Finding"]]


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a person meets a requirement, and the sentence that says so, in the reader's language."""

    met: bool
    text: Any


@dataclass(frozen=True, slots=True)
class RequirementType:
    """A type of requirement.

    :param key: named by the data of what requires it.
    :param title: what officers call it, a lazy text.
    :param schema: JSON Schema (draft 2020-12) of its `params`, an object.
    :param check: findings for many persons at once, by their ids, for `params` on a day: a list of candidates must not
        cost a query for each. A person it leaves out does not meet the requirement.

    Raises `jsonschema.SchemaError` for a schema that is none.
    """

    key: str
    title: Any
    schema: Mapping[str, Any]
    check: Callable[[Sequence[uuid.UUID], Mapping[str, Any], dt.date], Mapping[uuid.UUID, Finding]]

    def __post_init__(self) -> None:
        jsonschema.Draft202012Validator.check_schema(self.schema)

    def sound(self, _name: str, answer: object) -> bool:
        """Whether an answer of `check` can be one."""
        return isinstance(answer, Mapping) and all(isinstance(one, Finding) for one in answer.values())

    def fault(self, params: object) -> str:
        """What is wrong with params, for whoever writes them; empty when they are sound."""
        found = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(self.schema).iter_errors(params))
        return found.message if found else ""


def known() -> dict[str, RequirementType]:
    """The types somebody answers for now, by key."""
    return registry().offered(RequirementType)


def checked(wanted: Sequence[Requirement], person_ids: Sequence[uuid.UUID], on: dt.date) -> Findings:
    """What is found of each requirement, in order, for each person. Raises what a plugin's check refuses with."""
    return _gathered(wanted, person_ids, lambda kind, params: kind.check(person_ids, params, on))


def shown(wanted: Sequence[Requirement], person_ids: Sequence[uuid.UUID], on: dt.date) -> Findings:
    """The same for a page: a check that fails or takes too long leaves its requirement unanswered."""

    def asked(kind: RequirementType, params: Mapping[str, Any]) -> Mapping[uuid.UUID, Finding] | None:
        def call() -> dict[uuid.UUID, Finding]:
            found = kind.check(person_ids, params, on)
            return {person: Finding(one.met, str(one.text)) for person, one in found.items()}

        answer: Mapping[uuid.UUID, Finding] | None = registry().shown(kind, "requirement", call)
        return answer

    return _gathered(wanted, person_ids, asked)


def _gathered(
    wanted: Sequence[Requirement],
    person_ids: Sequence[uuid.UUID],
    ask: Callable[[RequirementType, Mapping[str, Any]], Mapping[uuid.UUID, Finding] | None],
) -> Findings:
    types = known()
    found: dict[uuid.UUID, list[Finding]] = {person: [] for person in person_ids}
    for requirement in wanted:
        kind = types.get(requirement["type"])
        answers = (ask(kind, requirement["params"]) if kind else None) or {}
        silent = Finding(met=False, text=_no_answer(requirement["type"], kind))
        for person in person_ids:
            found[person].append(answers.get(person, silent))
    return found


def _no_answer(key: str, kind: RequirementType | None) -> str:
    if kind is not None:
        return _("“%(title)s”现在查不到结果。", title=kind.title)
    installed = registry().known(RequirementType).get(key)
    title = installed.title if installed else key
    return _("“%(title)s”现在无法核对：提供它的模块已停用或没有安装。", title=title)


def _hours(person_ids: Sequence[uuid.UUID], params: Mapping[str, Any], on: dt.date) -> Mapping[uuid.UUID, Finding]:
    """Minutes of continuing education in the last whole months, the day itself included. One SELECT."""
    needed, months = params["minutes"], params["months"]
    after = clock.months_later(on, -months)
    rows = db.session.execute(
        select(CreditEntry.person_id, func.sum(CreditEntry.minutes))
        .where(CreditEntry.person_id.in_(person_ids), CreditEntry.occurred_on > after, CreditEntry.occurred_on <= on)
        .group_by(CreditEntry.person_id)
    )
    earned: dict[uuid.UUID, int] = {person: int(minutes) for person, minutes in rows}

    def finding(minutes: int) -> Finding:
        text = _(
            "近 %(months)d 个月继续教育 %(earned)s，要求 %(needed)s。",
            months=months,
            earned=minutes_text(minutes),
            needed=minutes_text(needed),
        )
        return Finding(minutes >= needed, text)

    return {person: finding(earned.get(person, 0)) for person in person_ids}


def _qualification(
    person_ids: Sequence[uuid.UUID], params: Mapping[str, Any], on: dt.date
) -> Mapping[uuid.UUID, Finding]:
    """A national qualification of at least a level, obtained by the day. One SELECT."""
    ranks = list(QualificationKind)
    least = QualificationKind(params["level"])
    rows = db.session.execute(
        select(Qualification.person_id, Qualification.kind).where(
            Qualification.person_id.in_(person_ids),
            Qualification.kind.in_(ranks[ranks.index(least) :]),
            Qualification.obtained_on <= on,
        )
    )
    held: dict[uuid.UUID, QualificationKind] = {}
    for person, kind in rows:
        held[person] = max(kind, held.get(person, kind), key=ranks.index)

    def finding(kind: QualificationKind | None) -> Finding:
        if kind is None:
            return Finding(met=False, text=_("没有%(level)s或更高的国家职业资格。", level=LEVELS[least]))
        return Finding(met=True, text=_("已取得%(level)s职业资格。", level=LEVELS[kind]))

    return {person: finding(held.get(person)) for person in person_ids}


def _practice(person_ids: Sequence[uuid.UUID], params: Mapping[str, Any], on: dt.date) -> Mapping[uuid.UUID, Finding]:
    """Practice hours signed off in the last whole months, the day itself included. Two SELECTs."""
    needed, months, code = params["minutes"], params["months"], params.get("category", "")
    since = clock.months_later(on, -months) + dt.timedelta(days=1)
    signed = practice.signed_off_minutes(person_ids, code, since, on)
    named = pick(practice.titles().get(code)) or code

    def finding(minutes: int) -> Finding:
        told = {"months": months, "signed": minutes_text(minutes), "needed": minutes_text(needed)}
        if not code:
            return Finding(minutes >= needed, _("近 %(months)d 个月实务实训签字 %(signed)s，要求 %(needed)s。", **told))
        text = _("近 %(months)d 个月“%(named)s”实训签字 %(signed)s，要求 %(needed)s。", named=named, **told)
        return Finding(minutes >= needed, text)

    return {person: finding(signed.get(person, 0)) for person in person_ids}


CORE = (
    RequirementType(
        "hours",
        _l("近期的继续教育时长"),
        {
            "type": "object",
            "required": ["minutes", "months"],
            "additionalProperties": False,
            "properties": {
                "minutes": {"type": "integer", "minimum": 1},
                "months": {"type": "integer", "minimum": 1, "maximum": 120},
            },
        },
        _hours,
    ),
    RequirementType(
        "qualification",
        _l("国家职业资格"),
        {
            "type": "object",
            "required": ["level"],
            "additionalProperties": False,
            "properties": {"level": {"enum": [kind.value for kind in QualificationKind]}},
        },
        _qualification,
    ),
    RequirementType(
        "practice",
        _l("已签字的实务实训时长"),
        {
            "type": "object",
            "required": ["minutes", "months"],
            "additionalProperties": False,
            "properties": {
                "minutes": {"type": "integer", "minimum": 1},
                "months": {"type": "integer", "minimum": 1, "maximum": 120},
                "category": {"type": "string", "pattern": "^[a-z][a-z0-9_]{1,30}$"},
            },
        },
        _practice,
    ),
)
"""What the core can check by itself."""
