from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.models import AuditEntry
from lms.orgs import queries, service
from lms.orgs.models import OrgClosure, OrgKind, OrgUnit
from lms.testing.factories.access import make_officer
from lms.testing.factories.orgs import make_unit

USCC = "52510100MJ00000029"


@pytest.fixture
def operator(city):
    return actor_for(make_officer("operator", city.county_a))


def closure_as_walked() -> set:
    """What the closure table must hold, found by walking up from every unit."""
    parents = dict(db.session.execute(select(OrgUnit.id, OrgUnit.parent_id)).all())
    pairs = set()
    for unit in parents:
        at, depth = unit, 0
        while at is not None:
            pairs.add((at, unit, depth))
            at, depth = parents[at], depth + 1
    return pairs


def closure_as_stored() -> set:
    rows = db.session.execute(select(OrgClosure.ancestor_id, OrgClosure.descendant_id, OrgClosure.depth))
    return {tuple(row) for row in rows}


def test_moving_a_street_moves_everything_below_it(city):
    service.move_unit(SYSTEM, city.street_a, city.county_b)
    above = [unit.id for unit in queries.path(city.community_a)]
    assert above == [city.city, city.county_b, city.street_a, city.community_a]
    assert city.community_a not in set(db.session.scalars(queries.within(city.county_a)))
    assert closure_as_stored() == closure_as_walked()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=8))
def test_the_closure_stays_true_whatever_is_moved_where(city, moves):
    units = list(db.session.scalars(select(OrgUnit.id).order_by(OrgUnit.code)))
    while len(units) < 12:
        units.append(make_unit(city.county_a if len(units) % 2 else city.county_b))
    for unit, parent in moves:
        try:
            service.move_unit(SYSTEM, units[unit], units[parent])
        except (Conflict, Invalid):
            continue
    assert closure_as_stored() == closure_as_walked()


@pytest.mark.parametrize("target", ["county_a", "community_a"])
def test_a_unit_cannot_be_moved_below_itself(city, target):
    with pytest.raises(Conflict):
        service.move_unit(SYSTEM, city.county_a, getattr(city, target))
    assert closure_as_stored() == closure_as_walked()


@pytest.mark.parametrize(
    ("unit", "parent"), [("street_a", "community_b"), ("county_a", "county_b"), ("city", "street_a")]
)
def test_a_unit_is_not_put_below_one_of_its_own_level(city, unit, parent):
    with pytest.raises((Invalid, Conflict)):
        service.move_unit(SYSTEM, getattr(city, unit), getattr(city, parent))


@pytest.mark.parametrize("number", ["52510100MJ0000001X", "52510100MJ000000", "52510100MJ0000001O", "x", "５２５"])
def test_an_agency_with_a_wrong_credit_code_is_refused(city, number):
    with pytest.raises(Invalid) as refused:
        service.add_unit(SYSTEM, kind=OrgKind.AGENCY, name="机构", parent_id=city.county_a, uscc=number)
    assert "uscc" in refused.value.fields


def test_an_agency_is_coded_by_its_credit_code_and_registered_once(city):
    unit = service.add_unit(
        SYSTEM, kind=OrgKind.AGENCY, name="甲机构", parent_id=city.county_a, uscc=f" {USCC.lower()} "
    )
    assert queries.unit(unit).code == queries.unit(unit).uscc == USCC
    with pytest.raises(Conflict):
        service.add_unit(SYSTEM, kind=OrgKind.AGENCY, name="乙机构", parent_id=city.county_b, uscc=USCC)


def test_an_agency_needs_a_credit_code_and_a_station_does_not(city):
    with pytest.raises(Invalid):
        service.add_unit(SYSTEM, kind=OrgKind.AGENCY, name="机构", parent_id=city.county_a)
    street = queries.unit(city.street_a).code
    names = ("玉林社工站", "玉林第二社工站")
    stations = [service.add_unit(SYSTEM, kind=OrgKind.STATION, name=name, parent_id=city.street_a) for name in names]
    assert [queries.unit(station).code for station in stations] == [f"{street}-S01", f"{street}-S02"]
    assert closure_as_stored() == closure_as_walked()


def test_places_are_not_added_by_hand_and_names_not_twice_under_one_unit(city):
    with pytest.raises(Invalid):
        service.add_unit(SYSTEM, kind=OrgKind.STREET, name="新街道", parent_id=city.county_a)
    service.add_unit(SYSTEM, kind=OrgKind.STATION, name="社工站", parent_id=city.street_a)
    with pytest.raises(Conflict):
        service.add_unit(SYSTEM, kind=OrgKind.STATION, name="社工站", parent_id=city.street_a)
    service.add_unit(SYSTEM, kind=OrgKind.STATION, name="社工站", parent_id=city.street_b)


def test_nothing_stands_below_an_agency(city):
    agency = service.add_unit(SYSTEM, kind=OrgKind.AGENCY, name="机构", parent_id=city.county_a, uscc=USCC)
    with pytest.raises(Invalid):
        service.add_unit(SYSTEM, kind=OrgKind.STATION, name="社工站", parent_id=agency)


def test_renaming_is_audited_with_both_names_and_the_reason(city, operator):
    service.rename_unit(operator, city.street_a, expected="玉林街道", name="玉林新街道", reason="区划调整")
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "org.rename")).one()
    assert entry.detail == {"before": "玉林街道", "after": "玉林新街道", "reason": "区划调整"}
    assert entry.org_id == city.street_a


def test_renaming_what_was_just_renamed_is_refused(city):
    service.rename_unit(SYSTEM, city.street_a, expected="玉林街道", name="玉林新街道", reason="一")
    with pytest.raises(Conflict):
        service.rename_unit(SYSTEM, city.street_a, expected="玉林街道", name="玉林老街道", reason="二")
    assert queries.unit(city.street_a).name == "玉林新街道"


def test_an_officer_changes_only_the_units_granted(city, operator):
    with pytest.raises(NotFound):
        service.rename_unit(operator, city.street_b, expected="少城街道", name="新", reason="越权")
    with pytest.raises(NotFound):
        service.add_unit(operator, kind=OrgKind.STATION, name="站", parent_id=city.street_b)
    with pytest.raises(NotFound):
        service.move_unit(operator, city.street_a, city.county_b)
    with pytest.raises(NotFound):
        service.move_unit(operator, city.street_b, city.county_a)
    hr = actor_for(make_officer("hr_officer", city.county_a))
    with pytest.raises(Forbidden):
        service.add_unit(hr, kind=OrgKind.STATION, name="站", parent_id=city.street_a)
    assert closure_as_stored() == closure_as_walked()


def test_paths_name_units_from_the_county_down(city):
    paths = queries.paths([city.city, city.county_a, city.community_a])
    assert paths == {
        city.city: "成都市",
        city.county_a: "武侯区",
        city.community_a: "武侯区 / 玉林街道 / 玉林东路社区",
    }
