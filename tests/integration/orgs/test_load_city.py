from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import func, select

from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.models import AuditEntry
from lms.orgs import queries
from lms.orgs.models import OrgClosure, OrgKind, OrgUnit
from lms.orgs.service import CityReport, load_city, move_unit, rename_unit
from lms.testing.queries import count_queries

pytestmark = pytest.mark.slow
MANAGED_BY = {
    "510107064": "5101GX",
    "510116004": "5101GX",
    "510117020": "5101GX",
    "510116003": "5101TF",
    "510185132": "5101DB",
    "510107005": "510107",
    "510185001": "510185",
}
"""Zones manage towns of other counties."""


@pytest.fixture
def loaded(app):
    return load_city(SYSTEM)


def test_the_whole_city_is_loaded_with_explicit_kinds_under_whoever_manages(loaded):
    assert loaded == CityReport(added=3333, present=0)
    kinds = dict(db.session.execute(select(OrgUnit.kind, func.count()).group_by(OrgUnit.kind)).all())
    assert kinds == {
        OrgKind.CITY: 1,
        OrgKind.DEPARTMENT: 1,
        OrgKind.COUNTY: 20,
        OrgKind.ZONE: 3,
        OrgKind.STREET: 161,
        OrgKind.TOWN: 100,
        OrgKind.COMMUNITY: 1751,
        OrgKind.VILLAGE: 1294,
        OrgKind.OTHER: 2,
    }
    villages_called_communities = select(OrgUnit.kind).where(
        OrgUnit.name.endswith("社区村民委员会"), OrgUnit.code.startswith("510181")
    )
    assert Counter(db.session.scalars(villages_called_communities)) == {OrgKind.VILLAGE: 85}
    for town, above in MANAGED_BY.items():
        assert [unit.code for unit in queries.path(queries.by_code(town).id)] == ["5101", above, town]
    assert queries.by_code("5101GX").gb_code is None  # codes of the statistics are attributes only
    assert queries.by_code("510107064").gb_code == "510107064"
    by_depth = dict(db.session.execute(select(OrgClosure.depth, func.count()).group_by(OrgClosure.depth)).all())
    assert by_depth == {0: 3333, 1: 3332, 2: 261 + 3047, 3: 3047}


def test_loading_again_changes_nothing_and_asks_little(loaded):
    before = db.session.scalars(select(AuditEntry.seq)).all()
    with count_queries() as seen:
        assert load_city(SYSTEM) == CityReport(added=0, present=3333)
    assert seen.count <= 3
    assert db.session.scalars(select(AuditEntry.seq)).all() == before


def test_what_officers_changed_stays_when_loading_again(loaded):
    street, zone = queries.by_code("510107005"), queries.by_code("5101TF")
    street_id, name, zone_id = street.id, street.name, zone.id
    rename_unit(SYSTEM, street_id, expected=name, name="玉林新街道", reason="改名")
    move_unit(SYSTEM, street_id, zone_id)
    load_city(SYSTEM)
    assert queries.unit(street_id).name == "玉林新街道"
    assert queries.unit(street_id).parent_id == zone_id


def test_a_unit_that_is_missing_is_put_under_where_its_parent_stands_now(loaded):
    street, zone = queries.by_code("510107005").id, queries.by_code("5101TF").id
    move_unit(SYSTEM, street, zone)
    lost = db.session.scalars(select(OrgUnit).where(OrgUnit.parent_id == street).order_by(OrgUnit.code)).first()
    code = lost.code
    db.session.execute(OrgClosure.__table__.delete().where(OrgClosure.descendant_id == lost.id))
    db.session.delete(lost)
    db.session.commit()
    assert load_city(SYSTEM) == CityReport(added=1, present=3332)
    assert [unit.code for unit in queries.path(queries.by_code(code).id)] == ["5101", "5101TF", "510107005", code]
