"""Amounts as people type them, and the field that reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from lms.kernel.money import MOST_FEN, AmountFault, parse_yuan, yuan_typed
from lms.webkit.forms import BaseForm, YuanField


@given(st.integers(0, MOST_FEN))
def test_what_a_field_shows_is_read_back_to_the_fen(fen):
    assert parse_yuan(yuan_typed(fen)) == fen


@pytest.mark.parametrize("text", ["-5", "1.005", "abc", "1,50", "1e3", ""])
def test_what_would_have_to_be_guessed_is_refused(text):
    with pytest.raises(AmountFault) as refused:
        parse_yuan(text)
    assert refused.value.code == "amount_form"


class _Form(BaseForm):
    class Meta:
        csrf = False

    amount = YuanField()


def filled(app, text):
    with app.test_request_context():
        form = _Form(MultiDict({"amount": text}))
        return form.validate(), form.amount.fen, form.amount.data


def test_a_field_reads_fen_keeps_what_was_typed_and_shows_what_is_kept(app):
    assert filled(app, "1,500.5") == (True, 150_050, "1,500.5")
    assert filled(app, "  ") == (True, 0, "  ")
    assert filled(app, "15 元角") == (False, 0, "15 元角")
    assert filled(app, "1000000000001")[0] is False
    with app.test_request_context():
        assert _Form(data={"amount": 150_050}).amount.data == "1500.50"
