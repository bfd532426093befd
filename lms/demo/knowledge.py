"""What a well-prepared candidate knows: the questions of the packages, by the words on the page.

The site never shows a key before it may, so whoever walks the exam has to have learnt the answers from the course.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lxml.html

from lms.learning.dto import CheckedPackage
from lms.questions.dto import ParsedItem
from lms.questions.render import html

MISTAKE_EVERY = 6
"""Nobody is perfect: every so manieth item is answered wrong, so that results have something to show."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """In-lesson checks by their number, the right options of bank items by stem and option as papers print them."""

    checks: Mapping[str, tuple[int, ...]]
    items: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, packages: Iterable[CheckedPackage]) -> Knowledge:
        known = list(packages)
        checks = {item.ref: item.key for package in known for lesson in package.lessons for item in lesson.checks}
        items = (item for package in known for bank in package.banks for item in bank.items)
        return cls(checks, {html(item.stem): _right(item) for item in items})

    def choices(self, paper: Sequence[Mapping[str, Any]]) -> list[int]:
        """An answer for each item of a paper as a bit set of options; a few of them wrong."""
        return [self._choice(item, mistaken=number % MISTAKE_EVERY == 0) for number, item in enumerate(paper, 1)]

    def in_words(self) -> Mapping[str, frozenset[str]]:
        """The same items by the plain words of stem and right options, as somebody reads them who sees no markup."""
        return {_words(stem): frozenset(map(_words, right)) for stem, right in self.items.items()}

    def _choice(self, item: Mapping[str, Any], *, mistaken: bool) -> int:
        right = self.items[item["stem"]]
        bits = sum(1 << place for place, option in enumerate(item["options"]) if option in right)
        return next(1 << place for place in range(len(item["options"])) if not bits >> place & 1) if mistaken else bits


def _right(item: ParsedItem) -> frozenset[str]:
    return frozenset(html(item.options[index], inline=True) for index in item.key)


def _words(markup: str) -> str:
    return " ".join(str(lxml.html.fromstring(f"<div>{markup}</div>").text_content()).split())
