"""Units for tests."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass

from lms.kernel.actor import SYSTEM
from lms.orgs import service
from lms.orgs.models import OrgKind

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


def make_small_city() -> SmallCity:
    """Build the small tree most tests need."""
    city = make_unit(None, OrgKind.CITY, "成都市")
    counties = [make_unit(city, OrgKind.COUNTY, name) for name in ("武侯区", "青羊区")]
    streets = [
        make_unit(county, OrgKind.STREET, name) for county, name in zip(counties, ("玉林街道", "少城街道"), strict=True)
    ]
    communities = [
        make_unit(street, OrgKind.COMMUNITY, name)
        for street, name in zip(streets, ("玉林东路社区", "宽巷子社区"), strict=True)
    ]
    return SmallCity(city, counties[0], streets[0], communities[0], counties[1], streets[1], communities[1])
