"""Tables of a plugin: a declarative base of its own that shares the core's column types and naming.

Each plugin has its own registry of mappers, so a model that cannot be configured fails alone. Foreign keys name core
tables by string; the tables below are the published targets, and nothing else of the core's schema is promised.
"""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy.orm import DeclarativeBase, registry

from lms.kernel.db import APPEND_ONLY, Base, Sequence64, choice
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.migrate import protect_append_only
from lms.kernel.rulings import next_revision

__all__ = [
    "APPEND_ONLY",
    "FOREIGN_KEY_TARGETS",
    "Sequence64",
    "choice",
    "insert_new",
    "new_id",
    "next_revision",
    "plugin_base",
    "protect_append_only",
]

FOREIGN_KEY_TARGETS = frozenset({
    "approval_case.id", "certificate.id", "org_unit.id", "person.id", "qualification.id", "stored_file.id",
})  # fmt: skip
"""Columns of the core that a plugin's foreign keys may point to."""


def plugin_base(name: str) -> type[DeclarativeBase]:
    """The base class of a plugin's models.

        Base = plugin_base("subsidies")

        class Claim(Base):
            __tablename__ = "subsidies_claim"

    Raises `TypeError` when a model's table does not begin with the plugin's name and an underscore.
    """

    class PluginModel(DeclarativeBase):
        registry = registry(metadata=Base.metadata, type_annotation_map=cast("Any", Base.type_annotation_map))
        __abstract__ = True

        def __init_subclass__(cls, **options: Any) -> None:
            table = cls.__dict__.get("__tablename__")
            if table is not None and not table.startswith(f"{name}_"):
                raise TypeError(f"{cls.__name__}: tables of this plugin are called {name}_..., not {table}")
            super().__init_subclass__(**options)

    return PluginModel
