"""The sealed facts of a person: how each is encrypted, looked up and masked. Clear text stays inside one call."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from functools import lru_cache

from lms.kernel.runtime import kernel
from lms.people import rules

_TAIL = "person.id_tail"


class Fact(enum.StrEnum):
    """A fact that is stored sealed. The value names the column and the form field."""

    ID_NUMBER = "id_number"
    PHONE = "phone"
    BANK_ACCOUNT = "bank_account"

    @property
    def context(self) -> str:
        """Bound into the ciphertext, so that a stored value cannot be moved to another column."""
        return f"person.{self.value}"


_MASKS: Mapping[Fact, Callable[[str], str]] = {
    Fact.ID_NUMBER: rules.masked_number,
    Fact.PHONE: rules.masked_phone,
    Fact.BANK_ACCOUNT: rules.masked_bank_account,
}


def seal(fact: Fact, text: str) -> bytes:
    """Encrypt a fact."""
    return kernel().cipher.encrypt(text, context=fact.context)


def opened(fact: Fact, stored: bytes) -> str:
    """The clear text. Whoever calls this has checked `person:reveal` and writes the audit entry."""
    return kernel().cipher.decrypt(stored, context=fact.context)


def masked(fact: Fact, stored: bytes | None) -> str:
    """What every page may show of a fact; empty where there is none."""
    return _MASKS[fact](opened(fact, stored)) if stored is not None else ""


def index(fact: Fact, text: str) -> bytes:
    """The blind index to look a fact up by its whole, plain form."""
    return kernel().cipher.blind_index(text, context=fact.context)


def tail_index(number: str) -> bytes:
    """The blind index of an identity number's last four characters."""
    return kernel().cipher.blind_index(number[-4:], context=_TAIL)


class Sealer:
    """Seals many rows: keys and contexts are prepared once."""

    def __init__(self) -> None:
        cipher = kernel().cipher
        self._seal_id, self._index_id = cipher.sealer(Fact.ID_NUMBER.context), cipher.indexer(Fact.ID_NUMBER.context)
        self._seal_phone, self._index_phone = cipher.sealer(Fact.PHONE.context), cipher.indexer(Fact.PHONE.context)
        self._index_tail = lru_cache(maxsize=11_000)(cipher.indexer(_TAIL))  # there are no more tails than these

    def id_number(self, number: str) -> tuple[bytes, bytes, bytes]:
        """The sealed number, its index and the index of its tail."""
        return self._seal_id(number), self._index_id(number), self._index_tail(number[-4:])

    def phone(self, number: str | None) -> tuple[bytes | None, bytes | None]:
        """The sealed number and its index."""
        return (None, None) if number is None else (self._seal_phone(number), self._index_phone(number))
