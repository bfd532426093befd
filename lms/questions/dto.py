"""What the question bank takes in and gives out."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

SINGLE = "single"
MULTIPLE = "multiple"
MAX_OPTIONS = 10
"""Options of a question at the most: an answer is a set of so many bits."""


@dataclass(frozen=True, slots=True)
class QuestionType:
    """A type of question with options to choose from.

    :param key: kept with every item, at most 24 characters.
    :param title: what people call it (单项选择题), a lazy text.
    :param half_points: what a fully right answer is worth: 2 are one mark.
    :param options: the fewest and the most options of an item in a bank, between 2 and 10.
    :param right: the fewest and the most right ones among them; at least one option is wrong.
    :param several: whether a candidate may choose several (checkboxes) or only one (radio buttons).
    :param score: half-points, from 0 to `half_points`, from the indexes of the right options and of those chosen,
        never none; pure and quick, since a session of thousands is marked with it at once.
    :param hint: what candidates are told of choosing and scoring beside each question, a lazy text.

    Raises `ValueError` for numbers that contradict each other.
    """

    key: str
    title: Any
    half_points: int
    options: tuple[int, int]
    right: tuple[int, int]
    several: bool
    score: Callable[[frozenset[int], frozenset[int]], int]
    hint: Any = ""

    def __post_init__(self) -> None:
        if not 0 < len(self.key) <= 24:
            raise ValueError(f"the key {self.key} must have 1 to 24 characters")
        if self.half_points < 1:
            raise ValueError(f"{self.key} is worth nothing")
        if not 2 <= self.options[0] <= self.options[1] <= MAX_OPTIONS:
            raise ValueError(f"{self.key} must have between 2 and {MAX_OPTIONS} options")
        if not 1 <= self.right[0] <= self.right[1] < self.options[1] or (self.right != (1, 1) and not self.several):
            raise ValueError(f"{self.key} cannot have {self.right} right options")

    def earned(self, key: frozenset[int], chosen: frozenset[int]) -> int:
        """The half-points of an answer; none chosen is worth nothing."""
        return self.score(key, chosen) if chosen else 0

    def sound(self, _name: str, answer: object) -> bool:
        """Whether an answer of `score` can be one."""
        return type(answer) is int and 0 <= answer <= self.half_points


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault in a file: which file, which line (from 1), what is wrong and what to do."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class ParsedItem:
    """A question as its author wrote it. `key` holds indexes into `options`, ascending; `line` is where it begins."""

    ref: str
    kind: str
    stem: str
    options: tuple[str, ...]
    key: tuple[int, ...]
    explanation: str = ""
    points: tuple[str, ...] = ()
    difficulty: int = 2
    tags: Mapping[str, str] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True)
class BankItem:
    """A question as it stands in a bank: whether it is retired, and the number of its present version."""

    item: ParsedItem
    retired: bool
    number: int


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """The questions of one file that could be read, and what stands in the way of the others."""

    items: list[ParsedItem]
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class BankReport:
    """What an import did, in numbers of items. `missing` names active items of the bank that the files lack."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    retired: int = 0
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DrawItem:
    """What drawing a paper needs to know of an item: its present version, kind and syllabus points."""

    version_id: uuid.UUID
    kind: str
    points: tuple[str, ...]
    difficulty: int


@dataclass(frozen=True, slots=True)
class FrozenItem:
    """An item version as papers are printed from it."""

    version_id: uuid.UUID
    ref: str
    kind: str
    stem: str
    options: tuple[str, ...]
    key: tuple[int, ...]
    explanation: str
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UseRecord:
    """How one item version fared in one session; see `models.ItemUse`."""

    version_id: uuid.UUID
    worth: int
    candidates: int
    answered: int
    half_points: int
    choices: Mapping[str, int]
    discrimination: int | None


@dataclass(frozen=True, slots=True)
class PointCoverage:
    """How many items that can be drawn one syllabus point has, by type."""

    code: str
    title: Mapping[str, str]
    counts: Mapping[str, int]
    leaf: bool

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Chapter:
    """A first-level point with the leaf points below it."""

    whole: PointCoverage
    leaves: tuple[PointCoverage, ...]


@dataclass(frozen=True, slots=True)
class BankRow:
    """A bank in a list. `counts` are the items in use by type."""

    id: uuid.UUID
    slug: str
    title: Mapping[str, str]
    org_name: str
    course_slug: str
    counts: Mapping[str, int]
    retired: int
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stands in both versions, only in the old one, or only in the new one."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A part of an item that differs.

    `part` is stem, option, key, explanation, difficulty, points or tags.
    """

    part: str
    pieces: tuple[Piece, ...]
    option: str = ""
    """The option's letter."""


@dataclass(frozen=True, slots=True)
class ChangedItem:
    """An item that a file would give a new version. `number` is its present version's."""

    ref: str
    number: int
    retired: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class UploadCheck:
    """What applying a kept file would do. `seal` stands for the bank's state that the check saw.

    `missing` counts active items that the file lacks; they stay as they are.
    """

    file_id: uuid.UUID
    name: str
    problems: tuple[Problem, ...]
    new: tuple[ParsedItem, ...]
    changed: tuple[ChangedItem, ...]
    unchanged: int
    missing: int
    seal: str

    @property
    def writes(self) -> int:
        return len(self.new) + len(self.changed)


@dataclass(frozen=True, slots=True)
class UseRow:
    """How a version fared in one session. `percent` is the share of all marks; `discrimination` is D, -1 to 1."""

    number: int
    at: dt.datetime
    candidates: int
    answered: int
    percent: int
    discrimination: float | None


@dataclass(frozen=True, slots=True)
class UseFigures:
    """The uses of an item, newest first, and how often each option of the newest used version was chosen.

    `shares` are percents of the candidates by option index; `none` of those who left the item out.
    """

    rows: tuple[UseRow, ...]
    number: int = 0
    shares: Mapping[int, int] = field(default_factory=dict)
    none: int = 0
