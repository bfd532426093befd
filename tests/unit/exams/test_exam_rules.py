from __future__ import annotations

import contextlib
import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.exams import analysis, rules
from lms.exams.dto import Answer, Claims, Entry, KeyRow, Stored
from lms.exams.receipts import BadTokenError, final_receipt, make_token, read_token, receipt
from lms.questions.kinds import CORE

NOW = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("kind", "key", "chosen", "points"),
    [
        ("single", {1}, {1}, 2),
        ("single", {1}, {2}, 0),
        ("single", {1}, {1, 2}, 0),
        ("single", {1}, set(), 0),
        ("multiple", {0, 2}, {0, 2}, 4),
        ("multiple", {0, 2}, {0}, 1),
        ("multiple", {0, 2}, {0, 1}, 0),
        ("multiple", {0, 2}, {0, 1, 2}, 0),
        ("multiple", {0, 2}, set(), 0),
        ("multiple", {0, 1, 2, 3}, {0, 1, 2}, 3),
        ("multiple", {0, 1, 2, 3}, {0, 1, 2, 3}, 4),
        ("multiple", {0, 1, 2, 3}, {0, 1, 2, 3, 4}, 0),
    ],
)
def test_national_scoring(kind, key, chosen, points):
    assert CORE[kind].earned(frozenset(key), frozenset(chosen)) == points


SETS = st.frozensets(st.integers(0, 4))


@given(st.frozensets(st.integers(0, 4), min_size=2, max_size=4), SETS)
def test_a_multiple_item_is_full_only_when_complete_and_void_with_any_wrong_option(key, chosen):
    points = CORE["multiple"].earned(key, chosen)
    assert (points == 4) == (chosen == key)
    if chosen - key or not chosen:
        assert points == 0
    elif chosen < key:
        assert points == len(chosen) < 4


def stored(rows):
    return [Stored(device, Entry(seq, position, choice, False), NOW) for device, seq, position, choice in rows]


ROWS = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 30), st.integers(0, 4), st.integers(0, 31)),
    max_size=40,
    unique_by=lambda row: row[:2],
)


@given(ROWS, st.randoms(use_true_random=False))
def test_folding_does_not_depend_on_the_order_of_arrival(rows, chance):
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert rules.fold(stored(rows)) == rules.fold(stored(shuffled + shuffled))


@given(ROWS)
def test_the_last_entry_by_device_and_sequence_counts(rows):
    expected = {position: choice for device, seq, position, choice in sorted(rows)}
    assert {position: answer.choice for position, answer in rules.fold(stored(rows)).items()} == expected


@pytest.mark.parametrize(("closes_in", "extra", "ends_in"), [(180, 0, 60), (30, 0, 30), (30, 20, 50), (180, 20, 80)])
def test_a_sitting_ends_after_its_minutes_or_when_the_session_closes(closes_in, extra, ends_in):
    assert rules.deadline(NOW, 60, extra, NOW + closes_in * MINUTE) == NOW + ends_in * MINUTE


GOOD = {"seq": 1, "position": 0, "choice": 1, "marked": False}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"device": 1},
        {"device": "1", "entries": [GOOD]},
        {"device": True, "entries": [GOOD]},
        {"device": 1, "entries": []},
        {"device": 1, "entries": [GOOD] * (rules.MAX_BATCH + 1)},
        {"device": 1, "entries": [GOOD, GOOD]},
        {"device": 1, "entries": ["x"]},
        *(
            {"device": 1, "entries": [{**GOOD, name: value}]}
            for name, value in [
                ("seq", 0),
                ("seq", 2**53),
                ("seq", 1.5),
                ("seq", True),
                ("position", -1),
                ("position", 500),
                ("position", None),
                ("choice", -1),
                ("choice", 1 << 10),
                ("choice", "A"),
                ("marked", 1),
            ]
        ),
    ],
)
def test_entries_out_of_bounds_are_refused(body):
    with pytest.raises(rules.BadEntriesError):
        rules.read_entries(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda kids: st.lists(kids) | st.dictionaries(st.text(), kids),
    )
)
def test_no_json_can_crash_the_reader_of_entries(body):
    with contextlib.suppress(rules.BadEntriesError):
        rules.read_entries(body)


def key_row(points="1.1", kind="single", key=(0,), order=(0, 1, 2, 3), version="v"):
    return KeyRow(version, kind, frozenset(key), CORE[kind].half_points, (points,), order)


def test_a_paper_is_marked_with_a_map_that_adds_up_to_the_score():
    key = [key_row("2.10"), key_row("2.9"), key_row("2.9", "multiple", (0, 2), (0, 1, 2, 3, 4))]
    answers = {0: Answer(1, False), 1: Answer(2, False), 2: Answer(0b001, False)}
    scored = rules.score(key, answers, {"2.9": {"zh_CN": "九"}}, CORE)
    assert (scored.half_points, scored.total_half_points) == (3, 8)
    assert [item["half_points"] for item in scored.items] == [2, 0, 1]
    assert [(row["code"], row["half_points"], row["total"]) for row in scored.by_point] == [
        ("2.9", 1, 6),
        ("2.10", 2, 2),
    ]
    assert scored.by_point[0]["title"] == {"zh_CN": "九"}


def test_marks_are_shown_with_halves():
    assert [rules.marks(points) for points in (0, 1, 120, 121)] == ["0", "0.5", "60", "60.5"]


SITTING = uuid.UUID(int=7)


def test_a_receipt_can_be_made_again_and_covers_every_field():
    entry = Entry(3, 4, 5, False)
    first = receipt("secret", SITTING, 1, entry, NOW)
    assert first == receipt("secret", SITTING, 1, entry, NOW)
    others = {
        receipt("other", SITTING, 1, entry, NOW),
        receipt("secret", uuid.UUID(int=8), 1, entry, NOW),
        receipt("secret", SITTING, 2, entry, NOW),
        receipt("secret", SITTING, 1, Entry(4, 4, 5, False), NOW),
        receipt("secret", SITTING, 1, Entry(3, 5, 5, False), NOW),
        receipt("secret", SITTING, 1, Entry(3, 4, 6, False), NOW),
        receipt("secret", SITTING, 1, Entry(3, 4, 5, True), NOW),
        receipt("secret", SITTING, 1, entry, NOW + dt.timedelta(microseconds=1)),
    }
    assert len(others) == 8
    assert first not in others


def test_a_final_receipt_covers_the_answers():
    answers = {0: Answer(1, False), 1: Answer(2, True)}
    assert final_receipt("s", SITTING, NOW, answers) == final_receipt(
        "s", SITTING, NOW, dict(reversed(answers.items()))
    )
    assert final_receipt("s", SITTING, NOW, answers) != final_receipt(
        "s", SITTING, NOW, {**answers, 1: Answer(3, True)}
    )


def test_a_token_says_what_was_signed_and_nothing_else():
    token = make_token("secret", Claims(SITTING, 2, "login"))
    assert read_token("secret", token) == Claims(SITTING, 2, "login")
    for forged in (
        "",
        "x.y",
        token[:-2],
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        make_token("other", Claims(SITTING, 2, "login")),
    ):
        with pytest.raises(BadTokenError):
            read_token("secret", forged)


def test_discrimination_is_high_where_the_best_are_right_and_the_weakest_wrong():
    assert analysis.discrimination([(score, 2 if score >= 10 else 0) for score in range(20)], 2) == 1000
    assert analysis.discrimination([(score, 0 if score >= 10 else 2) for score in range(20)], 2) == -1000
    assert analysis.discrimination([(score, 2) for score in range(9)], 2) is None


def test_options_are_counted_by_their_place_in_the_bank():
    row = key_row(key=(1,), order=(3, 0, 1, 2))
    papers = [
        analysis.Paper(2, [(row, 0b0010, 2)]),
        analysis.Paper(0, [(row, 0b0001, 0)]),
        analysis.Paper(0, [(row, 0, 0)]),
    ]
    [figures] = analysis.analyse(papers)
    assert figures.choices == {"0": 1, "3": 1, "none": 1}
    assert (figures.candidates, figures.answered, figures.half_points, figures.facility) == (3, 2, 2, 333)


@given(st.lists(st.integers(0, 200), max_size=60))
def test_every_score_falls_into_exactly_one_band(scores):
    rows = analysis.distribution(scores, 200, 120)
    assert sum(count for _label, count, _passed in rows) == len(scores)
    assert sum(passed for _label, _count, passed in rows) == sum(score >= 120 for score in scores)


def test_the_median_is_the_middle():
    assert analysis.median([1, 5, 3]) == 3
    assert analysis.median([1, 3]) == 2
    assert analysis.median([]) == 0
