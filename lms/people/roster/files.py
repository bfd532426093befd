"""Roster files are kept sealed: they hold the same identity and phone numbers as the sealed columns."""

from __future__ import annotations

import uuid

from lms.kernel.models import StoredFile
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork
from lms.webkit.uploads import XLSX

_CONTEXT = "people.roster_file"


def keep(uow: UnitOfWork, name: str, content: bytes) -> StoredFile:
    """Store an .xlsx sealed. The row's size and SHA-256 are those of the sealed bytes."""
    sealed = kernel().cipher.encrypt_bytes(content, context=_CONTEXT)
    return kernel().files.put(uow, room="people", name=name, media_type=XLSX.media_type, content=sealed)


def fetch(file_id: uuid.UUID) -> bytes:
    """The clear content of a kept file."""
    return kernel().cipher.decrypt_bytes(kernel().files.read(file_id), context=_CONTEXT)
