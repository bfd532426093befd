from __future__ import annotations

import pytest

from lms.kernel.i18n import in_all_locales, in_both, in_locale, lazily, listed, sentences


def test_things_are_listed_with_the_comma_of_the_language(app):
    assert listed(["甲", 2]) == "甲、2"
    with in_locale("en"):
        assert listed(["A", 2]) == "A, 2"


def test_sentences_are_closed_up_in_chinese_and_spaced_in_english(app):
    assert sentences(["没有保存。", "", None, "请再试。"]) == "没有保存。请再试。"
    with in_locale("en"):
        assert sentences(["Not saved.", "", "Try again."]) == "Not saved. Try again."


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("请填写名称", "请填写名称。"),
        ("请填写名称。", "请填写名称。"),
        ("他说“好了。”", "他说“好了。”"),
        ("原因（见附件）", "原因（见附件）。"),
        ("是否确定？", "是否确定？"),
    ],
)
def test_a_sentence_gets_its_full_stop_when_it_has_none(app, said, shown):
    assert sentences([said]) == shown


def test_sentences_can_be_put_together_without_an_application():
    assert sentences(["没有保存", "请再试。"]) == "没有保存。请再试。"


def test_what_is_kept_is_said_in_both_languages(app):
    both = {"zh_CN": "甲、2", "en": "甲, 2"}
    assert in_both(listed, ["甲", 2]) == both
    assert in_all_locales(lazily(listed, ["甲", 2])) == in_all_locales(both) == both
