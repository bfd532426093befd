"""The base of the plugin's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lms.plugin_api.models import plugin_base

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase as Base
else:
    Base = plugin_base("tuition")

__all__ = ["Base"]
