from __future__ import annotations

import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.credits import rules
from lms.credits.rules import Line
from lms.kernel.clock import last_day_of

DAY = dt.date(2026, 3, 1)
people = st.sampled_from([uuid.UUID(int=number) for number in range(1, 4)])
entries = st.builds(
    Line,
    id=st.uuids(version=4),
    person_id=people,
    minutes=st.integers(1, 10_000),
    category=st.sampled_from(["professional", "public"]),
    occurred_on=st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)),
)
ledgers = st.lists(entries, max_size=30, unique_by=lambda line: line.id)


@given(ledgers)
def test_balance_is_nothing_when_every_entry_is_reversed(ledger):
    undone = [rules.reversal_of(line, uuid.uuid4()) for line in ledger]
    assert rules.balances([*ledger, *undone]) == {}
    assert rules.faults([*ledger, *undone]) == []


@given(ledgers, st.integers(0, 29), st.integers(1, 5000))
def test_balance_moves_by_the_difference_when_one_entry_is_corrected(ledger, position, minutes):
    if not ledger:
        return
    old = ledger[position % len(ledger)]
    right = Line(uuid.uuid4(), old.person_id, minutes, old.category, old.occurred_on)
    before = rules.balances(ledger).get((old.person_id, old.category), 0)
    after = rules.balances([*ledger, rules.reversal_of(old, uuid.uuid4()), right])[old.person_id, old.category]
    assert after - before == minutes - old.minutes


@given(ledgers.filter(bool), st.integers(0, 29))
def test_balance_does_not_depend_on_the_order_of_entries(ledger, turn):
    turned = ledger[turn % len(ledger) :] + ledger[: turn % len(ledger)]
    assert rules.balances(turned) == rules.balances(ledger)


@given(ledgers.filter(bool))
def test_second_reversal_is_a_fault(ledger):
    twice = [rules.reversal_of(ledger[0], uuid.uuid4()) for _time in range(2)]
    assert [fault.entry_id for fault in rules.faults([*ledger, *twice])] == [twice[1].id]


@pytest.mark.parametrize(
    "change",
    [
        {"minutes": -59},
        {"person_id": uuid.UUID(int=9)},
        {"category": "public"},
        {"occurred_on": DAY + dt.timedelta(days=1)},
        {"reverses_id": uuid.UUID(int=77)},
    ],
)
def test_reversal_is_a_fault_when_it_does_not_mirror_its_entry(change):
    entry = Line(uuid.UUID(int=5), uuid.UUID(int=1), 60, "professional", DAY)
    mirror = rules.reversal_of(entry, uuid.UUID(int=6))
    values = {name: getattr(mirror, name) for name in Line.__slots__} | change
    assert [fault.entry_id for fault in rules.faults([entry, Line(**values)])] == [mirror.id]


def test_taking_minutes_away_without_reversing_is_a_fault():
    [fault] = rules.faults([Line(uuid.UUID(int=5), uuid.UUID(int=1), -60, "public", DAY)])
    assert "without reversing" in fault.reason


@pytest.mark.parametrize(
    ("start", "months", "last_day"),
    [
        (dt.date(2026, 3, 1), 36, dt.date(2029, 2, 28)),
        (dt.date(2025, 3, 1), 36, dt.date(2028, 2, 29)),
        (dt.date(2024, 2, 29), 36, dt.date(2027, 2, 28)),
        (dt.date(2026, 11, 23), 36, dt.date(2029, 11, 22)),
        (dt.date(2026, 1, 31), 1, dt.date(2026, 2, 28)),
    ],
)
def test_last_valid_day_of_a_term(start, months, last_day):
    assert last_day_of(start, months) == last_day
