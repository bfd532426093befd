"""Writing the schema of a type's params."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def asking(optional: Mapping[str, Any] | None = None, /, **required: Any) -> dict[str, Any]:
    """The schema of params of which some are required and others may be given."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": {**required, **(optional or {})},
    }


def whole(least: int, most: int, **more: Any) -> dict[str, Any]:
    """A whole number."""
    return {"type": "integer", "minimum": least, "maximum": most, **more}


def name(most: int = 80) -> dict[str, Any]:
    """The short name of something else."""
    return {"type": "string", "minLength": 1, "maxLength": most}


MONTHS = whole(1, 480)
"""A number of months, up to a working life."""
