"""Rules of the management tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lms.kernel.i18n import lazy_gettext as _l
from lms.orgs.models import OrgKind

KIND_TITLES: Mapping[OrgKind, Any] = {
    OrgKind.CITY: _l("市"),
    OrgKind.COUNTY: _l("区（市）县"),
    OrgKind.ZONE: _l("功能区"),
    OrgKind.STREET: _l("街道"),
    OrgKind.TOWN: _l("镇"),
    OrgKind.COMMUNITY: _l("社区"),
    OrgKind.VILLAGE: _l("村"),
    OrgKind.OTHER: _l("其他"),
    OrgKind.STATION: _l("社工站"),
    OrgKind.AGENCY: _l("社工机构"),
    OrgKind.DEPARTMENT: _l("部门"),
}

ADDABLE = (OrgKind.AGENCY, OrgKind.STATION, OrgKind.DEPARTMENT)
"""What officers add by hand; places come with the city's data."""

_LEVEL = {
    OrgKind.CITY: 0,
    OrgKind.COUNTY: 1,
    OrgKind.ZONE: 1,
    OrgKind.STREET: 2,
    OrgKind.TOWN: 2,
    OrgKind.COMMUNITY: 3,
    OrgKind.VILLAGE: 3,
    OrgKind.OTHER: 3,
    OrgKind.STATION: 4,
    OrgKind.AGENCY: 4,
    OrgKind.DEPARTMENT: 4,
}


def may_contain(parent: OrgKind, child: OrgKind) -> bool:
    """Whether a unit of one kind may stand below another: always a lower level below a higher one."""
    return _LEVEL[parent] < _LEVEL[child]


def ancestors(code: str, parents: Mapping[str, str | None]) -> Iterator[tuple[str, int]]:
    """The unit itself and every unit above it, each with its distance; `parents` maps a code to the code above."""
    at: str | None = code
    depth = 0
    while at is not None:
        yield at, depth
        at, depth = parents[at], depth + 1
