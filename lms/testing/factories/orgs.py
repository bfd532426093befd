"""Units for tests."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass

from sqlalchemy import insert

from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.ids import new_id
from lms.kernel.uow import unit_of_work
from lms.orgs import service
from lms.orgs.models import OrgClosure, OrgKind, OrgUnit

_numbers = itertools.count(1)


def make_unit(parent_id: uuid.UUID | None, kind: OrgKind = OrgKind.STREET, name: str = "") -> uuid.UUID:
    """Create a unit with a code of its own and return its id."""
    number = next(_numbers)
    return service.create_unit(
        SYSTEM, code=f"T{number:06d}", name=name or f"单位{number}", kind=kind, parent_id=parent_id
    )


@dataclass(frozen=True)
class SmallCity:
    """A city with two counties, each with one street and one community."""

    city: uuid.UUID
    county_a: uuid.UUID
    street_a: uuid.UUID
    community_a: uuid.UUID
    county_b: uuid.UUID
    street_b: uuid.UUID
    community_b: uuid.UUID


_SMALL_CITY = (
    ("成都市", OrgKind.CITY, None),
    ("武侯区", OrgKind.COUNTY, 0), ("玉林街道", OrgKind.STREET, 1), ("玉林东路社区", OrgKind.COMMUNITY, 2),
    ("青羊区", OrgKind.COUNTY, 0), ("少城街道", OrgKind.STREET, 4), ("宽巷子社区", OrgKind.COMMUNITY, 5),
)  # fmt: skip
"""Name, kind, and which of the units before stands above."""


def make_small_city() -> SmallCity:
    """The small tree most tests need, written as rows at once: the use case would do for a unit what two inserts do."""
    ids: list[uuid.UUID] = []
    units, closure = [], []
    for name, kind, parent in _SMALL_CITY:
        unit_id, code = new_id(), f"T{next(_numbers):06d}"
        ids.append(unit_id)
        row = {"id": unit_id, "code": code, "name": name, "kind": kind, "active": True, "created_at": clock.now()}
        units.append(row | {"parent_id": None if parent is None else ids[parent]})
        above: int | None = len(ids) - 1
        depth = 0
        while above is not None:
            closure.append({"ancestor_id": ids[above], "descendant_id": unit_id, "depth": depth})
            above, depth = _SMALL_CITY[above][2], depth + 1
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(insert(OrgUnit), units)
        uow.session.execute(insert(OrgClosure), closure)
    return SmallCity(*ids)
