from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.config import ConfigError
from lms.kernel.crypto import DecryptionError, FieldCipher

INDEX = base64.b64encode(b"i" * 32).decode()
PHONE = "person.phone"


def key(name: str, filler: bytes) -> str:
    return f"{name}:{base64.b64encode(filler * 32).decode()}"


OLD = FieldCipher.from_text(key("k1", b"a"), INDEX)
BOTH = FieldCipher.from_text(f"{key('k2', b'b')}, {key('k1', b'a')}", INDEX)
NEW = FieldCipher.from_text(key("k2", b"b"), INDEX)


@given(st.text(), st.text(max_size=40))
def test_what_was_sealed_is_opened_again(text, context):
    assert OLD.decrypt(OLD.encrypt(text, context=context), context=context) == text


@given(st.data())
def test_any_changed_or_missing_byte_is_noticed(data):
    stored = OLD.encrypt("13800000000", context=PHONE)
    at = data.draw(st.integers(0, len(stored) - 1))
    flipped = stored[:at] + bytes([stored[at] ^ data.draw(st.integers(1, 255))]) + stored[at + 1 :]
    for broken in (flipped, stored[:at], stored + b"\x00"):
        with pytest.raises(DecryptionError):
            OLD.decrypt(broken, context=PHONE)


def test_a_value_moved_to_another_column_is_noticed():
    with pytest.raises(DecryptionError, match="moved"):
        OLD.decrypt(OLD.encrypt("110", context=PHONE), context="person.id_number")


def test_the_same_text_is_never_sealed_alike():
    assert OLD.encrypt("110", context=PHONE) != OLD.encrypt("110", context=PHONE)


def test_after_a_change_of_keys_old_values_open_and_new_ones_use_the_first_key():
    stored = OLD.encrypt("110", context=PHONE)
    assert BOTH.decrypt(stored, context=PHONE) == "110"
    again = BOTH.encrypt(BOTH.decrypt(stored, context=PHONE), context=PHONE)
    assert (BOTH.key_id(stored), BOTH.key_id(again)) == ("k1", "k2")
    assert NEW.decrypt(again, context=PHONE) == "110"


def test_a_value_whose_key_was_taken_away_says_so():
    with pytest.raises(DecryptionError, match="not configured"):
        NEW.decrypt(OLD.encrypt("110", context=PHONE), context=PHONE)


def test_look_up_fingerprints_survive_a_change_of_field_keys_and_differ_by_column_and_index_key():
    index = OLD.blind_index("110", context=PHONE)
    assert index == NEW.blind_index("110", context=PHONE)
    other = FieldCipher.from_text(key("k1", b"a"), base64.b64encode(b"j" * 32).decode())
    assert (
        len({index, OLD.blind_index("110", context="person.id_number"), other.blind_index("110", context=PHONE)}) == 3
    )


@pytest.mark.parametrize(
    "keys",
    ["", "k1", "k1:", "k1:AAAA", "k1:%%%", f":{'A' * 43}=", f"{key('k1', b'a')},{key('k1', b'b')}", key("k 1", b"a")],
)
def test_keys_that_cannot_be_used_are_refused_by_name(keys):
    with pytest.raises(ConfigError, match="LMS_FIELD_KEYS"):
        FieldCipher.from_text(keys, INDEX)


@pytest.mark.parametrize("index_key", ["", "AAAA", "not base64"])
def test_an_index_key_that_is_too_short_is_refused(index_key):
    with pytest.raises(ConfigError, match="LMS_INDEX_KEY"):
        FieldCipher.from_text(key("k1", b"a"), index_key)
