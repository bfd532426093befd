from __future__ import annotations

import itertools
import time
import uuid

from lms.kernel import ids
from lms.kernel.ids import new_id, new_token


def test_identifiers_are_uuid_7_of_this_moment_and_never_alike():
    before = time.time_ns() // 1_000_000
    made = [new_id() for _ in range(2000)]
    after = time.time_ns() // 1_000_000
    assert len(set(made)) == 2000
    assert {(one.version, one.variant) for one in made} == {(7, uuid.RFC_4122)}
    assert all(before <= one.int >> 80 <= after for one in made)


def test_a_later_identifier_sorts_after_an_earlier_one_even_when_the_clock_stands_still_or_goes_back(monkeypatch):
    monkeypatch.setattr(ids, "_last_tick", 0)
    moments = [5_000_000, 5_000_000, 5_000_100, 4_000_000, 6_000_000]
    monkeypatch.setattr(time, "time_ns", iter(moments).__next__)
    made = [new_id() for _moment in moments]
    assert all(earlier < later for earlier, later in itertools.pairwise(made))
    assert [one.int >> 80 for one in made] == [5, 5, 5, 5, 6]


def test_tokens_are_long_and_safe_in_addresses():
    tokens = {new_token() for _ in range(2000)}
    assert len(tokens) == 2000
    assert all(len(token) == 22 and token.replace("-", "").replace("_", "").isalnum() for token in tokens)
