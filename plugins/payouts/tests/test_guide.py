"""The guide speaks of what is on the pages."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def said_in(folder):
    texts = (path.read_text() for path in folder.rglob("*") if path.suffix in {".py", ".html"})
    return {said for text in texts for said in re.findall(r"""\b_l?\(\s*["']([^"']+)["']""", text)}


def test_words_of_the_pages_quoted_in_the_guide_stand_on_pages():
    quoted = set(re.findall("【([^】]+)】", (ROOT / "docs/guides/payouts.md").read_text()))
    assert len(quoted) > 15
    assert quoted - said_in(ROOT / "plugins/payouts/lms_payouts") - said_in(ROOT / "lms") == set()
