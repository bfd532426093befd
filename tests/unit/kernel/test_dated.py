"""What counts from a day on, and what it is called before."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from lms.kernel import dated

TODAY = dt.date(2026, 5, 1)


@dataclass(frozen=True)
class Version:
    valid_from: dt.date
    revision: int = 1


def test_a_version_is_shown_while_it_counts_else_the_next_to_begin_else_none():
    before, now, again = Version(dt.date(2025, 1, 1)), Version(TODAY), Version(TODAY, 2)
    soon, soon_again, later = (
        Version(dt.date(2026, 6, 1)),
        Version(dt.date(2026, 6, 1), 2),
        Version(dt.date(2027, 1, 1)),
    )
    assert dated.shown([later, soon, again, now, before], TODAY) == again
    assert dated.shown([later, soon_again, soon], TODAY) == soon_again
    assert dated.shown([], TODAY) is None
