from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from lms.plugin_api import Manifest
from lms.plugin_api.models import plugin_base

MANIFEST = Manifest(name="drifting", version="1.0.0", api=">=1.0,<2", title="drifting")


class Note(plugin_base("drifting")):
    __tablename__ = "drifting_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
