"""Stored files: a local folder or S3 through one API; the database row is written with the rest of the use case."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import obstore
from obstore.store import LocalStore, S3Store

from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.models import StoredFile
from lms.kernel.uow_session import Transaction

_LONGEST_NAME = 200  # for people to recognise the file by


@dataclass(frozen=True)
class FileStore:
    """Puts and gets bytes. Keys carry the file's own id, so a name from outside never becomes a path."""

    store: Any

    @classmethod
    def open(cls, url: str, data_dir: Path) -> FileStore:
        if url.startswith("s3://"):
            return cls(S3Store.from_url(url))
        folder = data_dir / "files"
        folder.mkdir(parents=True, exist_ok=True)
        return cls(LocalStore(folder))

    def put(self, uow: Transaction, *, room: str, name: str, media_type: str, content: bytes) -> StoredFile:
        """Store `content` and its row. When the transaction fails, bytes without a row stay: wasted, not wrong."""
        file_id = new_id()
        row = StoredFile(
            id=file_id,
            room=room,
            name="".join(filter(str.isprintable, name))[:_LONGEST_NAME],
            media_type=media_type,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            storage_key=f"{room}/{file_id.hex[:8]}/{file_id.hex}",
            created_at=clock.now(),
            created_by=uow.actor.person_id,
        )
        obstore.put(self.store, row.storage_key, content)
        uow.session.add(row)
        return row

    def row(self, file_id: uuid.UUID) -> StoredFile:
        """The file's row. Raises `NotFound`."""
        found = db.session.get(StoredFile, file_id)
        if found is None:
            raise NotFound(_("找不到这个文件。"))
        return found

    def read(self, file_id: uuid.UUID) -> bytes:
        """The whole content. Raises `NotFound` when the row or the bytes are gone."""
        try:
            return bytes(obstore.get(self.store, self.row(file_id).storage_key).bytes())
        except FileNotFoundError:
            raise NotFound(_("文件的内容已不在存储中。"), todo=_("请联系管理员从备份恢复。")) from None

    def stream(self, file_id: uuid.UUID, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Bytes `start` to `end` (exclusive) in chunks: video is watched in ranges.

        The row is read at once, so the chunks may be taken after the request's context is gone.
        """
        row = self.row(file_id)
        return self._chunks(row.storage_key, start, row.size if end is None else min(end, row.size))

    def _chunks(self, key: str, start: int, end: int) -> Iterator[bytes]:
        size = 1 << 18
        for at in range(start, end, size):
            yield bytes(obstore.get_range(self.store, key, start=at, end=min(at + size, end)))
