"""Scoring, checking and comparing items: pure functions."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence

from lms.questions.dto import MAX_OPTIONS, ParsedItem, QuestionType

SINGLE_WORTH, MULTIPLE_WORTH = 2, 4
"""Half-points of a fully right answer: a single item is worth 1 mark, a multiple item 2 (national exam)."""

SEARCH_KIND = "item"
"""Item versions in the search index."""
MAX_TEXT = 4000
_COUNTS = range(2, MAX_OPTIONS + 1)
"""Numbers of options that any question may have."""
REF = re.compile(r"\w[\w.-]{0,59}")
POINT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}")
STRAY = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ue000-\ue010]")
"""Characters no text needs: controls, and the private ones that the GIFT reader uses itself."""


def single_half_points(key: frozenset[int], chosen: frozenset[int]) -> int:
    """The half-points of an answer to a single item by the national rule: 2 when right, else 0."""
    return SINGLE_WORTH if chosen == key else 0


def multiple_half_points(key: frozenset[int], chosen: frozenset[int]) -> int:
    """The half-points of an answer to a multiple item by the national rule.

    0 with any wrong option, 4 when complete, else 1 (half a mark) for each right option chosen. Source:
    社会工作者职业资格考试 scoring note, quoted in domain.md 1.3.
    """
    if chosen - key:
        return 0
    return MULTIPLE_WORTH if chosen == key else len(chosen)


def digest(item: ParsedItem) -> str:
    """SHA-256, in hex, over everything an author can change; equal digests need no new version."""
    content = [
        item.kind,
        item.stem,
        list(item.options),
        sorted(item.key),
        item.explanation,
        list(item.points),
        item.difficulty,
        dict(sorted(item.tags.items())),
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def tidy(text: str | None) -> str:
    """A typed text as it is kept: one kind of line break, no stray characters, no space around it."""
    lines = (text or "").replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return STRAY.sub("", lines).strip()


def faults(item: ParsedItem, kind: QuestionType | None) -> list[str]:
    """What keeps an item from being used, as codes that `lms.questions.wording` explains; empty when it is sound.

    `kind` is the type the item names, None where there is no such type.
    """
    found = [] if REF.fullmatch(item.ref) else ["ref"]
    if kind is None:
        found.append("kind")
    if not item.stem.strip():
        found.append("stem")
    found += _option_faults(item.options)
    found += _key_faults(kind, item.key, len(item.options))
    if item.difficulty not in {1, 2, 3}:
        found.append("difficulty")
    if any(not POINT.fullmatch(code) for code in item.points):
        found.append("points")
    if any(len(text) > MAX_TEXT for text in (item.stem, item.explanation, *item.options)):
        found.append("long")
    return found


def bank_faults(item: ParsedItem, kind: QuestionType | None) -> list[str]:
    """What keeps an otherwise sound item out of a bank: papers need more than a question in a lesson does."""
    found = [] if item.points else ["no_points"]
    count = len(item.options)
    if kind is not None and count in _COUNTS and not kind.options[0] <= count <= kind.options[1]:
        found.append("options_count")
    return found


def _option_faults(options: Sequence[str]) -> list[str]:
    found = [] if len(options) in _COUNTS else ["options"]
    if any(not text.strip() for text in options):
        found.append("option_empty")
    if len({text.strip() for text in options}) < len(options):
        found.append("option_twice")
    return found


def _key_faults(kind: QuestionType | None, key: Sequence[int], options: int) -> list[str]:
    if any(not 0 <= index < options for index in key) or len(set(key)) < len(key):
        return ["key"]
    if kind is None or options < 2:
        return []
    fewest, most = kind.right
    return [] if fewest <= len(key) <= min(most, options - 1) else ["key_count"]


def letters(indexes: Sequence[int]) -> str:
    """Option indexes as candidates know them: (0, 2) is "AC"."""
    return "".join(chr(ord("A") + index) for index in sorted(indexes))


def percent(part: int, whole: int) -> int:
    """A share in whole percent; 0 of nothing."""
    return round(100 * part / whole) if whole else 0
