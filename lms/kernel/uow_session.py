"""The part of a unit of work that lower modules of the kernel need to see."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.orm import Session

from lms.kernel.actor import Actor


class Transaction(Protocol):
    """An open unit of work."""

    @property
    def session(self) -> Session: ...

    @property
    def actor(self) -> Actor: ...
