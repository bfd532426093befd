"""One small offer for each extension point. `BROKEN` names functions that raise, `NONSENSE` those that answer nonsense."""

from __future__ import annotations

import time

from lms.plugin_api import Manifest, hookimpl
from lms.plugin_api.registering import CreditRule, Finding, QuestionType, RequirementType
from lms.plugin_api.services import services
from lms.plugin_api.texts import zh

MANIFEST = Manifest(name="probe", version="1.0.0", api=">=1.0,<2", title="试点")
BROKEN: set[str] = set()
NONSENSE: dict[str, object] = {}


def behave(function: str, answer: object) -> object:
    if function in BROKEN:
        raise ZeroDivisionError(f"{function} has a bug")
    return NONSENSE.get(function, answer)


def judged(key: frozenset[int], chosen: frozenset[int]) -> int:
    """One mark when right, nothing when wrong."""
    return behave("judged", 2 if chosen == key else 0)


def halved(draft):
    """Half of the minutes of a public course."""
    if draft.category != "public":
        return draft
    reason = zh("公需科目按一半计算。", "Public subjects count half.")
    return behave("halved", draft.counted(draft.minutes // 2, reason))


def initial_is(person_ids, params, on):
    """Whether a person's name begins with a character."""
    del on
    names = services().people.names(person_ids)
    if "slow" in BROKEN:
        time.sleep(0.6)
    found = {
        person: Finding(name.startswith(params["initial"]), f"姓{name[:1]}，要求姓{params['initial']}。")
        for person, name in names.items()
    }
    return behave("initial_is", found)


@hookimpl
def lms_register_question_types():
    return [
        QuestionType(
            "probe.judge",
            "判断题",
            half_points=2,
            options=(2, 2),
            right=(1, 1),
            several=False,
            score=judged,
            hint="判断对错。",
        )
    ]


@hookimpl
def lms_register_credit_rules():
    return [CreditRule("probe.half", "公需科目减半", 50, halved)]


@hookimpl
def lms_register_requirement_types():
    schema = {
        "type": "object",
        "required": ["initial"],
        "properties": {"initial": {"type": "string", "minLength": 1, "maxLength": 1}},
    }
    return [RequirementType("probe.initial", "姓氏", schema, initial_is)]
