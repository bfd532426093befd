"""The channels by which messages leave the site: notifiers that rooms and plugins offer. E-mail is one of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from lms.messages.dto import Letter

LONGEST_KEY = 60
LONGEST_ADDRESS = 254
Post = Callable[[Letter], None]
"""Posts one letter; raises when it was not taken."""


@dataclass(frozen=True, slots=True)
class Notifier:
    """A channel by which messages go to people, beside the inbox.

    :param key: kept with everything that goes by it, at most 60 characters.
    :param title: what operators call it, a lazy text.
    :param addresses: where it reaches people, by their ids, asked for many at once; somebody it leaves out is not
        reached by it. An address has at most 254 characters. Asked when letters are posted, never when they are sent:
        what goes wrong here undoes nothing.
    :param opened: opens the way out for one round, as a context manager; what that gives is called with one `Letter`
        after the other and raises for one that was not taken, which is tried again later. Raising at the entry says
        that the way is closed: then everything waits, and no letter loses a try. A letter may come twice, with the
        same id, when a worker dies in between.

    Raises `ValueError` for a key that is too long.
    """

    key: str
    title: Any
    addresses: Callable[[Sequence[uuid.UUID]], Mapping[uuid.UUID, str]]
    opened: Callable[[], AbstractContextManager[Post]]

    def __post_init__(self) -> None:
        if not 0 < len(self.key) <= LONGEST_KEY:
            raise ValueError(f"the key {self.key} must have 1 to {LONGEST_KEY} characters")

    def sound(self, name: str, answer: object) -> bool:
        """Whether an answer of `addresses` or `opened` can be one."""
        if name == "opened":
            return isinstance(answer, AbstractContextManager)
        return isinstance(answer, Mapping) and all(
            isinstance(one, str) and len(one) <= LONGEST_ADDRESS for one in answer.values()
        )
