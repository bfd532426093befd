from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.questions import rules
from lms.questions.dto import MULTIPLE, SINGLE, ParsedItem, QuestionType
from lms.questions.kinds import CORE
from lms.questions.wording import explain

ALL = range(5)
ITEM = ParsedItem("a-1", SINGLE, "题干", ("甲", "乙", "丙", "丁"), (0,), "解析", ("1.1",), 2, {"syllabus": "s"})
MANY = replace(ITEM, kind=MULTIPLE, options=("甲", "乙", "丙", "丁", "戊"), key=(0, 2))


JUDGE = QuestionType(
    "judge", "判断题", half_points=2, options=(2, 2), right=(1, 1), several=False, score=lambda *_answer: 2
)  # fmt: skip


def faults(item):
    return rules.faults(item, CORE.get(item.kind))


def bank_faults(item):
    return rules.bank_faults(item, CORE.get(item.kind))


def subsets(options):
    return [frozenset(one) for one in chain.from_iterable(combinations(options, n) for n in range(len(options) + 1))]


@pytest.mark.parametrize("key", [key for key in subsets(ALL) if 2 <= len(key) <= 4], ids=sorted)
def test_a_multiple_item_is_scored_by_the_national_note_for_every_answer(key):
    for chosen in subsets(ALL):
        marks = CORE[MULTIPLE].earned(key, chosen) / 2
        if not chosen or not chosen <= key:
            assert marks == 0
        elif chosen == key:
            assert marks == 2
        else:
            assert marks == 0.5 * len(chosen) < 2


def test_a_single_item_is_worth_a_mark_or_nothing():
    for chosen in subsets(range(4)):
        assert CORE[SINGLE].earned(frozenset({1}), chosen) == (2 if chosen == {1} else 0)


@pytest.mark.parametrize(
    "change",
    [
        {"key": "k" * 25},
        {"half_points": 0},
        {"options": (1, 4)},
        {"options": (4, 2)},
        {"options": (2, 11)},
        {"right": (0, 1)},
        {"right": (2, 2)},  # every option right
        {"right": (1, 2), "options": (4, 4)},  # several right, but only one may be chosen
    ],
)
def test_a_type_whose_numbers_contradict_each_other_cannot_be_made(change):
    with pytest.raises(ValueError, match=change.get("key", JUDGE.key)):
        replace(JUDGE, **change)


@pytest.mark.parametrize(
    ("answer", "sound"), [(0, True), (2, True), (3, False), (-1, False), (1.0, False), (True, False)]
)
def test_a_score_outside_the_worth_or_no_whole_number_is_unsound(answer, sound):
    assert JUDGE.sound("score", answer) is sound


def test_the_type_decides_how_many_options_an_item_has_and_says_so():
    three = replace(ITEM, kind="judge", options=("对", "错", "不知道"))
    assert rules.faults(three, JUDGE) == []
    assert rules.bank_faults(three, JUDGE) == ["options_count"]
    assert explain("options_count", JUDGE) == "判断题应有 2 个选项。"
    assert explain("key_count", JUDGE) == "判断题应有且只有一个正确选项。"
    assert explain("options_count", replace(JUDGE, options=(2, 3))) == "判断题应有 2 到 3 个选项。"


def test_sound_items_have_no_faults():
    for item in (ITEM, MANY):
        assert faults(item) == bank_faults(item) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"ref": ""}, "ref"),
        ({"ref": "a b"}, "ref"),
        ({"ref": "a/b"}, "ref"),
        ({"ref": "a:b"}, "ref"),
        ({"ref": ".."}, "ref"),
        ({"ref": "甲" * 61}, "ref"),
        ({"kind": "essay"}, "kind"),
        ({"stem": " "}, "stem"),
        ({"options": ("甲",)}, "options"),
        ({"options": tuple("甲乙丙丁戊己庚辛壬癸子")}, "options"),
        ({"options": ("甲", "", "丙", "丁")}, "option_empty"),
        ({"options": ("甲", "甲 ", "丙", "丁")}, "option_twice"),
        ({"key": ()}, "key_count"),
        ({"key": (0, 1)}, "key_count"),
        ({"key": (4,)}, "key"),
        ({"key": (-1,)}, "key"),
        ({"key": (0, 0)}, "key"),
        ({"difficulty": 0}, "difficulty"),
        ({"points": ("x",)}, "points"),
        ({"points": ("１.１",)}, "points"),
        ({"explanation": "长" * (rules.MAX_TEXT + 1)}, "long"),
    ],
)
def test_each_fault_is_named(change, fault):
    assert faults(replace(ITEM, **change)) == [fault]


@pytest.mark.parametrize("key", [(), (0,), (0, 1, 2, 3, 4)])
def test_a_multiple_item_needs_two_to_four_right_options(key):
    assert faults(replace(MANY, key=key)) == ["key_count"]


def test_more_than_four_right_options_are_refused_since_a_part_would_earn_the_full_mark():
    wide = replace(MANY, options=tuple("甲乙丙丁戊己"), key=(0, 1, 2, 3, 4))
    multiple = CORE[MULTIPLE]
    assert multiple.earned(frozenset(wide.key), frozenset({0, 1, 2, 3})) == multiple.half_points
    assert faults(wide) == ["key_count"]


def test_a_bank_asks_for_points_and_five_options_of_a_multiple_item():
    assert bank_faults(replace(ITEM, points=())) == ["no_points"]
    assert bank_faults(replace(MANY, options=("甲", "乙", "丙"))) == ["options_count"]


@pytest.mark.parametrize(
    "change",
    [
        {"stem": "另一题干"},
        {"options": ("乙", "甲", "丙", "丁")},
        {"key": (1,)},
        {"explanation": ""},
        {"points": ("1.2",)},
        {"difficulty": 3},
        {"tags": {}},
    ],
)
def test_the_digest_changes_with_everything_an_author_can_change(change):
    assert rules.digest(replace(ITEM, **change)) != rules.digest(ITEM)


def test_the_digest_ignores_order_of_keys_and_tags_and_where_the_item_stood():
    one = replace(MANY, key=(2, 0), tags={"b": "2", "a": "1"}, line=7)
    assert rules.digest(one) == rules.digest(replace(MANY, key=(0, 2), tags={"a": "1", "b": "2"}, line=9))


@given(st.text())
def test_tidying_twice_is_tidying_once(text):
    once = rules.tidy(text)
    assert rules.tidy(once) == once
    assert "\r" not in once
    assert not rules.STRAY.search(once)


def test_letters_follow_the_alphabet_whatever_the_order():
    assert rules.letters((2, 0)) == "AC"
