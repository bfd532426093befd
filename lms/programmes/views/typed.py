"""Lines of forms whose number is not fixed: criteria of a panel, places kept for counties."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import request

from lms.kernel.i18n import zh
from lms.programmes.models import ProgrammeVersion

CRITERIA = 6
"""Lines for criteria on the form."""
_PARTS = ("title", "title_en", "most")


def criteria() -> list[dict[str, Any]]:
    """The criteria that were typed, as they are stored; what is no number of points is 0."""
    return [_stored(line) for line in _typed() if line["title"]]


def shown_criteria(version: ProgrammeVersion | None) -> list[dict[str, str]]:
    """The lines of criteria: as typed, else as they are; blank ones to fill in."""
    if request.method == "POST":
        return _typed()
    known = [
        {"title": one["title"]["zh_CN"], "title_en": one["title"].get("en", ""), "most": str(one["most"])}
        for one in (version.criteria if version else ())
    ]
    return [*known, *(dict.fromkeys(_PARTS, "") for _blank in range(CRITERIA - len(known)))]


def places(counties: Sequence[Any]) -> dict[uuid.UUID, int]:
    """The places typed for counties; what is no number of them is refused as -1."""
    typed = {one.id: request.form.get(f"places-{one.id}", "").strip() for one in counties}
    return {unit: _number(text, -1) for unit, text in typed.items() if text and text != "0"}


def _number(text: str, otherwise: int) -> int:
    """A number of at most nine digits."""
    return int(text) if text.isdecimal() and len(text) < 10 else otherwise


def _typed() -> list[dict[str, str]]:
    return [
        {part: request.form.get(f"criterion-{number}-{part}", "").strip()[:60] for part in _PARTS}
        for number in range(1, CRITERIA + 1)
    ]


def _stored(line: Mapping[str, str]) -> dict[str, Any]:
    most = _number(line["most"], 0)
    key = uuid.uuid5(uuid.NAMESPACE_OID, line["title"]).hex[:12]
    return {"key": f"c{key}", "title": zh(line["title"], line["title_en"]), "most": most}
