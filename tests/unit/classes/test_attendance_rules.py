"""Minutes and flags: computed from the records alone, never more than the meeting."""

from __future__ import annotations

import datetime as dt
import uuid

from hypothesis import given
from hypothesis import strategies as st

from lms.classes.rules.attendance import Flag, Means, Says, Statement, flags, presence, step_of

START = dt.datetime(2026, 11, 27, 1, tzinfo=dt.UTC)
END = START + dt.timedelta(hours=3)
ANN, BEN, CAI = (uuid.UUID(int=number) for number in (1, 2, 3))


def at(minutes):
    return START + dt.timedelta(minutes=minutes)


def said(says, minutes, person=ANN, **more):
    return Statement(person, says, at(minutes), **more)


def minutes_of(*statements):
    return presence(statements, START, END, 10).minutes


def test_minutes_count_from_the_start_for_who_is_in_time_and_from_coming_for_who_is_late():
    assert minutes_of(said(Says.PRESENT, -20)) == 180
    assert minutes_of(said(Says.PRESENT, 10)) == 180
    assert minutes_of(said(Says.PRESENT, 11)) == 169
    assert minutes_of(said(Says.PRESENT, 0), said(Says.LEFT, 120)) == 120
    assert minutes_of(said(Says.PRESENT, 200)) == 0
    assert minutes_of(said(Says.LEFT, 30)) == 0
    assert minutes_of() == 0


def test_the_latest_word_counts_and_a_correction_forgets_the_leaving_before_it():
    assert minutes_of(said(Says.PRESENT, 0), said(Says.ABSENT, 0)) == 0
    assert minutes_of(said(Says.ABSENT, 0), said(Says.PRESENT, 60)) == 120
    assert minutes_of(said(Says.PRESENT, 0), said(Says.LEFT, 60), said(Says.PRESENT, 0)) == 180
    assert presence([said(Says.PRESENT, 0), said(Says.EXCUSED, 0)], START, END, 10).says is Says.EXCUSED


@given(st.lists(st.tuples(st.sampled_from(Says), st.integers(-60, 240)), max_size=6), st.integers(0, 30))
def test_minutes_are_never_more_than_the_meeting_and_only_for_who_is_present(rows, late):
    found = presence([said(says, minutes) for says, minutes in rows], START, END, late)
    assert 0 <= found.minutes <= 180
    assert found.minutes == 0 or found.says is Says.PRESENT
    assert not found.here or found.left is None


def test_what_looks_odd_is_named_for_whom_it_concerns():
    rows = [
        said(Says.PRESENT, 0, ANN, means=Means.QR, device="a"),
        said(Says.PRESENT, 1, BEN, means=Means.CODE, device="a"),
        said(Says.PRESENT, 190, CAI, means=Means.QR, device="c"),
        said(Says.PRESENT, 200, ANN),
    ]
    found = flags(rows, {BEN: 5, CAI: 4}, END, most_tries=5, elsewhere={CAI})
    assert found == {
        ANN: [Flag.SHARED_DEVICE],
        BEN: [Flag.SHARED_DEVICE, Flag.GUESSED],
        CAI: [Flag.AFTER_END, Flag.ELSEWHERE],
    }


def test_a_step_lasts_as_long_as_it_should():
    assert step_of(START + dt.timedelta(seconds=29), 30) == step_of(START, 30)
    assert step_of(START + dt.timedelta(seconds=30), 30) == step_of(START, 30) + 1
