from sqlalchemy.orm import Mapped, mapped_column

from lms.plugin_api import Manifest
from lms.plugin_api.models import plugin_base

MANIFEST = Manifest(name="foreigntable", version="1.0.0", api=">=1.0,<2", title="foreign")


class Note(plugin_base("foreigntable")):
    __tablename__ = "person_note"

    id: Mapped[int] = mapped_column(primary_key=True)
