"""Approvals, corrections and reversals in any order: caps hold, and the sums shown are the entries added up."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from lms.credits import service
from lms.credits.evidence import queries
from lms.credits.evidence.rules import ClaimState
from lms.credits.models import Category
from lms.kernel import clock
from lms.kernel.errors import Invalid
from lms.testing.factories.credits import qualify

NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)
PERIOD = dt.date(2025, 6, 1), dt.date(2028, 5, 31)
DAYS = (dt.date(2025, 5, 31), dt.date(2025, 12, 31), dt.date(2026, 1, 1), dt.date(2026, 6, 1))
ACTIVITY, YEAR, PERIODIC = 240, 420, 600


@pytest.fixture(autouse=True)
def _stopped_clock():
    with clock.frozen(NOON):
        yield


def correct_some(desk, dice, entries):
    standing = [entry for entry in entries if not entry.reverses_id and not is_reversed(entry, entries)]
    if not standing:
        return
    entry, minutes = dice.choice(standing), dice.choice([0, 0, 30, 90, 300])
    try:
        service.correct(desk.officer, entry.id, minutes=minutes, category=Category.PUBLIC, reason="核实")
    except Invalid:
        assert minutes > 0


def is_reversed(entry, entries):
    return entry.id in {other.reverses_id for other in entries}


def check(desk):
    """Sums by activity, year and period, made of single entries; and what the pages show of each claim."""
    entries = desk.entries()
    by_claim, by_year, inside = {}, {}, 0
    for entry in entries:
        by_claim[entry.evidence_id] = by_claim.get(entry.evidence_id, 0) + entry.minutes
        by_year[entry.occurred_on.year] = by_year.get(entry.occurred_on.year, 0) + entry.minutes
        inside += entry.minutes * (PERIOD[0] <= entry.occurred_on <= PERIOD[1])
    assert max(by_claim.values(), default=0) <= ACTIVITY
    assert max(by_year.values(), default=0) <= YEAR
    assert inside <= PERIODIC
    assert min(by_claim.values(), default=0) >= 0
    shown = queries.standing_minutes(list(by_claim))
    assert shown == by_claim
    for claim_id, minutes in shown.items():
        assert (desk.now(claim_id).state is ClaimState.REVERSED) == (minutes == 0)
    assert service.check_ledger() == (len(entries), [])


@pytest.mark.parametrize("seed", range(4))
def test_caps_hold_and_sums_are_the_entries_in_whatever_order(desk, seed):
    dice = random.Random(seed)  # noqa: S311 - the same order for a seed
    qualify(desk.person_id, first=PERIOD[0], last=PERIOD[1])
    caps = {"cap_activity": ACTIVITY, "cap_year": YEAR, "cap_period": PERIODIC}
    desk.rule(**caps, valid_from=dt.date(2025, 1, 1), claim_months=36)
    for _number in range(14):
        if dice.random() < 0.6:
            day = dice.choice(DAYS)
            desk.counted(dice.choice([0.5, 2, 3.5, 5]), first_day=day, last_day=day)
        else:
            correct_some(desk, dice, desk.entries())
        check(desk)
