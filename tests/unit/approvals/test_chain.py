from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.approvals import chain
from lms.approvals.chain import ChainPlan, ChainStep, LeftOut, Place, StandingStep
from lms.approvals.models import Level
from lms.kernel.i18n import zh
from lms.orgs.models import OrgKind

ROLES = ("hr_officer",)
CITY, COUNTY, ZONE = OrgKind.CITY, OrgKind.COUNTY, OrgKind.ZONE


def step(level: Level, role: str = "hr_officer", days: int = 5) -> ChainStep:
    return ChainStep(zh(f"{level.value}审核"), level, days, role)


ALL = tuple(step(level) for level in (Level.EMPLOYER, Level.STREET, Level.COUNTY, Level.CITY))


def path(*kinds: OrgKind) -> list[Place]:
    return [Place(uuid.uuid4(), kind, f"单位{number}") for number, kind in enumerate(kinds)]


def levels(steps):
    return [one.step.level for one in steps]


@pytest.mark.parametrize(
    ("kinds", "taken", "spared"),
    [
        ((CITY, COUNTY, OrgKind.STREET, OrgKind.COMMUNITY), "employer street county city", ""),
        ((CITY, COUNTY, OrgKind.TOWN, OrgKind.VILLAGE), "employer street county city", ""),
        ((CITY, ZONE, OrgKind.STREET, OrgKind.STATION), "employer street county city", ""),
        ((CITY, COUNTY, OrgKind.STREET), "street county city", "employer:same_unit"),
        ((CITY, COUNTY, OrgKind.AGENCY), "employer county city", "street:no_unit"),
        ((CITY, COUNTY), "county city", "employer:same_unit street:no_unit"),
        ((CITY, OrgKind.DEPARTMENT), "employer city", "street:no_unit county:no_unit"),
        ((CITY, OrgKind.AGENCY), "employer city", "street:no_unit county:no_unit"),
        ((CITY,), "city", "employer:same_unit street:no_unit county:no_unit"),
    ],
)
def test_a_case_takes_the_levels_that_exist_above_the_applicant_and_says_which_it_is_spared(kinds, taken, spared):
    standing, left_out = chain.resolve(ALL, path(*kinds))
    assert " ".join(one.step.level.value for one in standing) == taken
    assert " ".join(f"{one.step.level.value}:{one.why}" for one in left_out) == spared
    assert [one.number for one in standing] == list(range(1, len(standing) + 1))


def test_a_zone_acts_as_the_county_of_its_streets():
    places = path(CITY, ZONE, OrgKind.STREET, OrgKind.COMMUNITY)
    standing, _left_out = chain.resolve((step(Level.COUNTY),), places)
    assert standing[0].unit_id == places[1].unit_id


def test_the_employer_decides_beside_the_street_when_another_role_does_it():
    standing, left_out = chain.resolve(
        (step(Level.EMPLOYER, "trainer"), step(Level.STREET)), path(CITY, COUNTY, OrgKind.STREET)
    )
    assert levels(standing) == [Level.EMPLOYER, Level.STREET]
    assert left_out == ()


def test_two_steps_on_one_level_both_stand():
    standing, _left_out = chain.resolve((step(Level.CITY), step(Level.CITY)), path(CITY, COUNTY))
    assert [one.number for one in standing] == [1, 2]


def test_nobody_is_left_to_decide_when_no_level_exists():
    standing, left_out = chain.resolve((step(Level.STREET),), path(CITY, COUNTY))
    assert standing == ()
    assert [one.why for one in left_out] == ["no_unit"]


@given(st.lists(st.sampled_from(list(Level)), min_size=1, max_size=6), st.sampled_from(list(OrgKind)))
def test_every_step_is_taken_or_spared_and_none_twice(wanted, kind):
    steps = tuple(step(level) for level in wanted)
    places = path(CITY, COUNTY, kind)
    standing, left_out = chain.resolve(steps, places)
    assert len(standing) + len(left_out) == len(steps)
    assert {one.unit_id for one in standing} <= {place.unit_id for place in places}


PLAN = ChainPlan(steps=ALL, notice_days=7, returns=2, correction_days=None, illustrative=True)


def test_a_plan_is_the_same_after_storing_it():
    assert ChainPlan.parse(PLAN.plain()) == ChainPlan(
        steps=tuple(ChainStep.parse(one.plain()) for one in ALL),
        notice_days=7,
        returns=2,
        correction_days=None,
        illustrative=True,
    )
    standing, left_out = chain.resolve(ALL, path(CITY, COUNTY, OrgKind.AGENCY))
    assert [StandingStep.parse(one.plain()).unit_id for one in standing] == [one.unit_id for one in standing]
    assert [LeftOut.parse(one.plain()).why for one in left_out] == ["no_unit"]


@pytest.mark.parametrize(
    ("plan", "faults"),
    [
        (PLAN, set()),
        (ChainPlan(steps=()), {("chain", "count")}),
        (ChainPlan(steps=ALL * 2), {("chain", "count")}),
        (ChainPlan(steps=(ChainStep(zh(" "), Level.CITY, 5),)), {("step-1", "title")}),
        (ChainPlan(steps=(step(Level.CITY, "trainer"),)), {("step-1", "role")}),
        (ChainPlan(steps=(step(Level.CITY), step(Level.CITY, days=0))), {("step-2", "days")}),
        (ChainPlan(steps=ALL, notice_days=-1), {("notice_days", "days")}),
        (ChainPlan(steps=ALL, correction_days=251), {("correction_days", "days")}),
        (ChainPlan(steps=ALL, returns=6), {("returns", "returns")}),
    ],
)
def test_faults_of_a_plan_are_found_where_they_are(plan, faults):
    assert set(chain.faults(plan, ROLES)) == faults
