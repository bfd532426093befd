from __future__ import annotations

import uuid
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.exams import drawing
from lms.exams.dto import Blueprint, KeyRow, Part
from lms.questions.dto import DrawItem, FrozenItem
from lms.questions.kinds import CORE


def pool(**numbers):
    """Items by point: pool(p1_1=4) gives four single items at 1.1; a trailing m makes them multiple."""
    items = []
    for name, count in numbers.items():
        kind = "multiple" if name.endswith("m") else "single"
        point = name.removesuffix("m").lstrip("p").replace("_", ".")
        items += [DrawItem(uuid.UUID(int=len(items) + n + 1), kind, (point,), 2) for n in range(count)]
    return items


def singles(count, *points):
    return Blueprint((Part("single", count, 2, points),))


def test_the_same_seed_draws_the_same_paper_and_another_seed_another():
    items = pool(p1_1=20, p1_2=20)
    drawn = drawing.draw(singles(10), items, "seed")
    assert drawn == drawing.draw(singles(10), list(reversed(items)), "seed")
    assert drawn != drawing.draw(singles(10), items, "other")


@given(st.integers(1, 30), st.integers(1, 15), st.integers(1, 15), st.integers(1, 15), st.text(max_size=5))
def test_no_item_twice_and_points_as_even_as_the_bank_allows(count, one, two, three, seed):
    items = pool(p1_1=one, p1_2=two, p2_1=three)
    if count > len(items):
        with pytest.raises(drawing.ShortageError):
            drawing.draw(singles(count), items, seed)
        return
    drawn = [item for _part, item in drawing.draw(singles(count), items, seed)]
    assert len({item.version_id for item in drawn}) == count
    given_points = Counter(item.points[0] for item in drawn)
    stock = Counter(item.points[0] for item in items)
    for point in stock:
        for other in stock:
            # a point may lag behind another only when it has nothing left to give
            assert given_points[point] >= given_points[other] - 1 or given_points[point] == stock[point]


def test_a_part_takes_only_its_points_and_a_free_part_does_not_eat_them():
    items = pool(p1_1=5, p2_1=3)
    blueprint = Blueprint((Part("single", 5, 2), Part("single", 3, 2, ("2",))))
    drawn = drawing.draw(blueprint, items, "seed")
    assert [part for part, _item in drawn] == [0] * 5 + [1] * 3
    assert {item.points[0] for part, item in drawn if part == 1} == {"2.1"}


def test_a_point_of_two_digits_is_not_below_one_of_one_digit():
    part = Part("single", 1, 2, ("1",))
    assert drawing.covers(part, ["1"])
    assert drawing.covers(part, ["1.2"])
    assert not drawing.covers(part, ["10.1"])


def test_every_part_that_falls_short_is_named():
    blueprint = Blueprint((Part("single", 4, 2), Part("multiple", 2, 4)))
    with pytest.raises(drawing.ShortageError) as error:
        drawing.draw(blueprint, pool(p1_1=3), "seed")
    assert [(one.part, one.wanted, one.available) for one in error.value.shortages] == [(0, 4, 3), (1, 2, 0)]


def test_a_second_form_prefers_items_the_first_did_not_have():
    items = pool(p1_1=10)
    first = {item.version_id for _part, item in drawing.draw(singles(5), items, "a")}
    second = {item.version_id for _part, item in drawing.draw(singles(5), items, "b", Counter(first))}
    assert not first & second


SEVERAL = {"single": False, "multiple": True}
ITEM = FrozenItem(uuid.UUID(int=1), "r", "multiple", "题 <b>", ("甲", "乙", "丙", "丁", "戊"), (1, 3), "因为", ("1.1",))


@given(st.text(max_size=8))
def test_shuffled_options_keep_the_right_answers_right(seed):
    blueprint = Blueprint((Part("multiple", 1, 4),))
    content, key = drawing.print_paper(blueprint, [(0, ITEM)], seed, SEVERAL)
    row = KeyRow.from_json(key[0])
    right = {content[0]["options"][shown] for shown in row.key}
    assert right == {"乙", "丁"}
    assert CORE[row.kind].earned(row.key, row.key) == 4
    assert sorted(row.order) == [0, 1, 2, 3, 4]


def test_candidates_see_no_trace_of_the_key_and_no_markup_of_the_author():
    content, _key = drawing.print_paper(Blueprint((Part("multiple", 1, 4),)), [(0, ITEM)], "s", SEVERAL)
    assert set(content[0]) == {"part", "kind", "half_points", "stem", "options", "several"}
    assert content[0]["several"] is True
    assert content[0]["stem"] == "<p>题 &lt;b&gt;</p>"


def test_papers_drawn_before_types_were_recorded_are_drawn_again_the_same():
    blueprint = Blueprint((Part("multiple", 1, 4),))
    early, _key = drawing.print_paper(blueprint, [(0, ITEM)], "s", {})
    assert set(early[0]) == {"part", "kind", "half_points", "stem", "options"}


def test_options_keep_the_authors_order_when_not_shuffled():
    content, key = drawing.print_paper(
        Blueprint((Part("multiple", 1, 4),), shuffle_options=False), [(0, ITEM)], "s", SEVERAL
    )
    assert content[0]["options"] == ["甲", "乙", "丙", "丁", "戊"]
    assert key[0]["key"] == [1, 3]


def test_the_digest_covers_content_and_key():
    content, key = drawing.print_paper(Blueprint((Part("multiple", 1, 4),)), [(0, ITEM)], "s", SEVERAL)
    other = [{**key[0], "key": [0]}]
    assert drawing.digest(content, key) == drawing.digest(content, key)
    assert drawing.digest(content, key) != drawing.digest(content, other)
    assert drawing.digest(content, key) != drawing.digest([{**content[0], "stem": "x"}], key)
