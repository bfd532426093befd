from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.approvals import rules
from lms.people.rules import masked_name

ITEMS = ("fact:level", "proof:certificate", "proof:insurance", rules.OTHER)


def test_the_first_return_may_name_everything():
    assert rules.namable(ITEMS, None, ()) == set(ITEMS)


def test_a_later_return_may_only_repeat_or_name_what_came_in_since():
    assert rules.namable(ITEMS, {"proof:insurance"}, ()) == {"proof:insurance"}
    assert rules.namable(ITEMS, {"proof:insurance"}, {"fact:level"}) == {"proof:insurance", "fact:level"}
    assert rules.namable(ITEMS, {rules.OTHER}, ()) == {rules.OTHER}


@given(st.sets(st.sampled_from(ITEMS)), st.sets(st.sampled_from([*ITEMS, "proof:gone"])))
def test_nothing_unheard_of_is_ever_namable(named, new):
    assert rules.namable(ITEMS, named, new) <= set(ITEMS) & (named | new)


def fact(key, value):
    return {"key": key, "label": {"zh_CN": key}, "value": value, "note": "", "met": None, "public": False}


def test_changed_facts_are_those_that_say_something_else_or_are_new():
    before = [fact("a", "1"), fact("b", "2")]
    assert rules.changed_facts(before, [fact("a", "1"), fact("b", "3"), fact("c", "4")]) == {"b", "c"}
    assert rules.changed_facts(before, before) == set()


def sealed(**changes):
    values = {"round_": 1, "step": 1, "state": "open", "facts": [fact("a", "1")], "amount_fen": 5, "proofs": []}
    return rules.seal(**(values | changes))


def test_a_seal_tells_apart_whatever_an_officer_decides_on():
    proof = uuid.uuid4()
    others = [
        sealed(round_=2),
        sealed(step=2),
        sealed(state="returned"),
        sealed(facts=[fact("a", "2")]),
        sealed(amount_fen=6),
        sealed(proofs=[proof]),
    ]
    assert len({sealed(), *others}) == 7
    assert sealed() == sealed()


def test_the_order_of_proofs_does_not_change_a_seal():
    proofs = [uuid.uuid4(), uuid.uuid4()]
    assert sealed(proofs=proofs) == sealed(proofs=proofs[::-1])


def test_numbers_are_for_people():
    assert rules.case_number(2026, 123) == "SQ2026000123"
    assert rules.notice_number(2026, 12) == "GS20260012"


@given(st.binary(min_size=12, max_size=16))
def test_a_receipt_can_be_read_out(random):
    assert re.fullmatch(r"YY(-[2-9A-HJKMNP-Z]{4}){3}", rules.receipt(random))


@pytest.mark.parametrize(
    ("name", "shown"),
    [("张三", "张*"), ("张小三", "张*三"), ("欧阳修远", "欧**远"), ("阿依古丽·买买提", "阿******提")],
)
def test_names_in_a_notice_are_masked(name, shown):
    assert masked_name(name) == shown
