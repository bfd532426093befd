"""Tables of the management tree."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import Base, choice
from lms.kernel.ids import new_id


class OrgKind(enum.StrEnum):
    """What a unit is. Explicit, never read out of a name: 85 villages in Dujiangyan are called “…社区村民委员会”."""

    CITY = "city"
    COUNTY = "county"
    ZONE = "zone"
    STREET = "street"
    TOWN = "town"
    COMMUNITY = "community"
    VILLAGE = "village"
    OTHER = "other"
    STATION = "station"
    AGENCY = "agency"
    DEPARTMENT = "department"


COUNTIES = (OrgKind.COUNTY, OrgKind.ZONE)
"""What stands right below the city: a zone acts as a county does."""


class OrgUnit(Base):
    """A unit that manages or employs people. `gb_code` is the statistical code, an attribute only."""

    __tablename__ = "org_unit"
    __table_args__ = (CheckConstraint("parent_id IS NOT NULL OR kind = 'city'", name="only_the_city_is_a_root"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    gb_code: Mapped[str | None] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(80), index=True)
    kind: Mapped[OrgKind] = mapped_column(choice(OrgKind), index=True)
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("org_unit.id"), index=True)
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime]


class OrgClosure(Base):
    """Every unit with every unit above it, itself included at depth 0."""

    __tablename__ = "org_closure"

    ancestor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"), primary_key=True)
    descendant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"), primary_key=True, index=True)
    depth: Mapped[int]
