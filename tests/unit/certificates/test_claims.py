from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.certificates.claims import canonical, digest

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), values, max_size=5))
def test_the_canonical_text_depends_on_the_content_alone(claims):
    turned = dict(reversed(claims.items()))
    assert canonical(claims) == canonical(turned) == canonical(json.loads(canonical(claims)))


def test_the_canonical_text_is_plain_utf8_with_sorted_keys():
    assert canonical({"b": 1, "a": {"名": "陈思雨"}}) == '{"a":{"名":"陈思雨"},"b":1}'


@pytest.mark.parametrize("bad", [0.5, {"a": [1, float("nan")]}, {1: "x"}, {"a": {"b": b"x"}}, {"a": {1, 2}}])
def test_what_has_no_canonical_form_is_refused(bad):
    with pytest.raises(TypeError):
        canonical(bad if isinstance(bad, dict) else {"a": bad})


def test_one_changed_character_changes_the_digest():
    assert digest(canonical({"name": "陈思雨"})) != digest(canonical({"name": "陈思宇"}))
