from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lms.plugin_api import Manifest
from lms.plugin_api.models import plugin_base

MANIFEST = Manifest(name="strangertarget", version="1.0.0", api=">=1.0,<2", title="stranger")


class Note(plugin_base("strangertarget")):
    __tablename__ = "strangertarget_note"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
