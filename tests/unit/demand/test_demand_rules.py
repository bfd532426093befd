"""What many answers come to."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from lms.demand.rules import FEWEST_ANSWERS, ItemFigure, mean_tenths, plain, weakest


def test_points_are_ordered_by_the_share_of_marks_lost_and_small_numbers_say_nothing():
    figures = [
        ItemFigure(("1.1", "2.3"), 20, 4, 40),
        ItemFigure(("1.1", "1.1"), 10, 2, 20),
        ItemFigure(("9.9",), 9, 2, 0),
    ]
    assert [(one.point, one.answers, one.lost) for one in weakest(figures)] == [("2.3", 20, 50), ("1.1", 30, 40)]
    assert weakest([]) == []


@given(st.lists(st.integers(1, 5), max_size=30))
def test_a_mean_is_exact_and_hidden_below_five_answers(marks):
    found = mean_tenths(sum(marks), len(marks))
    if len(marks) < FEWEST_ANSWERS:
        assert found is None
    else:
        assert abs(Fraction(found, 10) - Fraction(sum(marks), len(marks))) <= Fraction(1, 20)


def test_spellings_of_one_wish_are_the_same():
    assert plain("失智老人 家庭支持！") == plain("失智老人家庭支持")
    assert plain("ＡＩ 工具") == plain("ai工具")
    assert plain("！？") == ""
