from __future__ import annotations

import pytest

from lms.kernel import errors
from lms.kernel.errors import Conflict, Invalid, LmsError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, LmsError)]


def test_an_error_says_what_why_and_what_to_do():
    error = Conflict("已被别人改过。", why="同事刚刚保存过。", todo="请刷新后再试。")
    assert str(error) == "已被别人改过。同事刚刚保存过。请刷新后再试。"
    assert (error.status, error.code) == (409, "conflict")


def test_a_message_of_one_field_stays_with_the_field():
    given = {"phone": "不是手机号"}
    error = Invalid("有一项填错了。", fields=given)
    given.clear()
    assert error.fields == {"phone": "不是手机号"}


def test_a_code_of_ones_own_does_not_change_the_others():
    assert LmsError("x", code="stale_form").code == "stale_form"
    assert LmsError("x").code == "refused"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_answers_with_a_refusal_and_a_stable_code(kind):
    assert 400 <= kind.status < 600
    assert kind.code
    assert len({other.code for other in KINDS}) == len(KINDS)
