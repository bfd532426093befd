from __future__ import annotations

import time
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lms.questions import compare
from lms.questions.compare import GONE, NEW, SAME
from lms.questions.dto import SINGLE, ParsedItem

ITEM = ParsedItem("a-1", SINGLE, "社工入户前应当（　　）。", ("甲", "乙", "丙", "丁"), (0,), "依据守则。", ("1.1",), 2)


def told(pieces):
    return [(piece.kind, piece.text) for piece in pieces]


def test_a_changed_word_is_shown_between_what_stayed():
    pieces = compare.pieces("社工入户前应当先电话预约。", "社工入户前应当先书面预约。")
    assert told(pieces) == [(SAME, "社工入户前应当先"), (GONE, "电话"), (NEW, "书面"), (SAME, "预约。")]


def test_a_number_is_compared_whole():
    assert told(compare.pieces("每年 72 小时", "每年 90 小时")) == [
        (SAME, "每年 "), (GONE, "72"), (NEW, "90"), (SAME, " 小时"),
    ]  # fmt: skip


def test_texts_with_little_in_common_are_shown_whole():
    assert told(compare.pieces("甲乙丙丁", "子丑寅卯")) == [(GONE, "甲乙丙丁"), (NEW, "子丑寅卯")]


def test_only_the_parts_that_differ_are_listed_in_reading_order():
    new = replace(ITEM, options=("甲", "乙乙乙", "丙", "丁"), key=(1,), difficulty=3)
    found = compare.changes(ITEM, new)
    assert [(change.part, change.option) for change in found] == [("option", "B"), ("key", ""), ("difficulty", "")]
    assert told(found[1].pieces) == [(GONE, "A"), (NEW, "B")]
    assert compare.changes(ITEM, ITEM) == []


def test_an_option_that_came_or_went_is_shown_as_such():
    longer = replace(ITEM, options=(*ITEM.options, "戊"))
    assert [told(change.pieces) for change in compare.changes(ITEM, longer)] == [[(NEW, "戊")]]
    assert [told(change.pieces) for change in compare.changes(longer, ITEM)] == [[(GONE, "戊")]]


@given(st.text("甲乙丙ab1 \n", max_size=40), st.text("甲乙丙ab1 \n", max_size=40))
def test_both_texts_can_be_read_back_from_the_pieces(old, new):
    pieces = compare.pieces(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != NEW) == old
    assert "".join(piece.text for piece in pieces if piece.kind != GONE) == new


def test_comparing_stays_quick_when_long_texts_repeat_themselves():
    started = time.perf_counter()
    compare.pieces("甲乙" * 2000, "乙甲丙" * 1300)
    assert time.perf_counter() - started < 5
