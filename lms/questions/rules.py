"""Scoring and comparing items: pure functions."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence

from lms.questions.dto import KINDS, MULTIPLE, SINGLE, ParsedItem

WORTH = {SINGLE: 2, MULTIPLE: 4}
"""Half-points of a fully right answer: a single item is worth 1 mark, a multiple item 2 (national exam)."""

SEARCH_KIND = "item"
"""Item versions in the search index."""
MAX_OPTIONS = 10
MULTIPLE_OPTIONS = 5
"""Options of a multiple item on a paper (national exam)."""
MULTIPLE_KEYS = (2, 4)
"""Fewest and most right options: with more than four, a part of them would be worth the full mark or more."""
MAX_TEXT = 4000
REF = re.compile(r"\w[\w.-]{0,59}")
POINT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}")
STRAY = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ue000-\ue010]")
"""Characters no text needs: controls, and the private ones that the GIFT reader uses itself."""


def half_points(kind: str, key: frozenset[int], chosen: frozenset[int]) -> int:
    """The half-points of an answer by the national rule.

    Single: 2 when right. Multiple: 0 with any wrong option, 4 when complete, else 1 (half a mark) for each right
    option chosen. Source: 社会工作者职业资格考试 scoring note, quoted in domain.md 1.3.
    """
    if kind not in WORTH:
        raise ValueError(f"unknown kind of item: {kind}")
    if not chosen or chosen - key:
        return 0
    if chosen == key:
        return WORTH[kind]
    return len(chosen) if kind == MULTIPLE else 0


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


def faults(item: ParsedItem) -> list[str]:
    """What keeps an item from being used, as codes that `lms.questions.wording` explains; empty when it is sound."""
    found = [] if REF.fullmatch(item.ref) else ["ref"]
    if item.kind not in KINDS:
        found.append("kind")
    if not item.stem.strip():
        found.append("stem")
    found += _option_faults(item.options)
    found += _key_faults(item.kind, item.key, len(item.options))
    if item.difficulty not in {1, 2, 3}:
        found.append("difficulty")
    if any(not POINT.fullmatch(code) for code in item.points):
        found.append("points")
    if any(len(text) > MAX_TEXT for text in (item.stem, item.explanation, *item.options)):
        found.append("long")
    return found


def bank_faults(item: ParsedItem) -> list[str]:
    """What keeps an otherwise sound item out of a bank: papers need more than a question in a lesson does."""
    found = [] if item.points else ["no_points"]
    if item.kind == MULTIPLE and len(item.options) != MULTIPLE_OPTIONS:
        found.append("options_multiple")
    return found


def _option_faults(options: Sequence[str]) -> list[str]:
    found = [] if 2 <= len(options) <= MAX_OPTIONS else ["options"]
    if any(not text.strip() for text in options):
        found.append("option_empty")
    if len({text.strip() for text in options}) < len(options):
        found.append("option_twice")
    return found


def _key_faults(kind: str, key: Sequence[int], options: int) -> list[str]:
    if any(not 0 <= index < options for index in key) or len(set(key)) < len(key):
        return ["key"]
    if kind == SINGLE and len(key) != 1:
        return ["key_single"]
    fewest, most = MULTIPLE_KEYS
    if kind == MULTIPLE and not fewest <= len(key) <= min(most, options - 1):
        return ["key_multiple"]
    return []


def letters(indexes: Sequence[int]) -> str:
    """Option indexes as candidates know them: (0, 2) is "AC"."""
    return "".join(chr(ord("A") + index) for index in sorted(indexes))


def percent(part: int, whole: int) -> int:
    """A share in whole percent; 0 of nothing."""
    return round(100 * part / whole) if whole else 0
