"""Lists and checks come from one SELECT; here they are compared with a plain model on random trees and grants."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from lms.access import policy
from lms.access.actors import actor_for
from lms.access.models import Grant
from lms.access.roles import CORE_ROLES
from lms.access.service import grant_role, revoke_grant
from lms.kernel import clock
from lms.kernel.actor import ANONYMOUS, SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Forbidden, NotFound
from lms.kernel.uow import unit_of_work
from lms.orgs.models import OrgKind
from lms.people.models import Employment
from lms.testing.factories.access import make_officer
from lms.testing.factories.orgs import make_unit
from lms.testing.factories.people import make_person

LEVELS = (OrgKind.CITY, OrgKind.COUNTY, OrgKind.STREET, OrgKind.COMMUNITY)
PERMISSIONS = ("person:view", "grant:edit", "course:edit", "audit:view")

grants = st.tuples(
    st.integers(0, 30), st.sampled_from(sorted(CORE_ROLES)), st.integers(-2, 2), st.integers(-1, 3), st.booleans()
)


@st.composite
def worlds(draw):
    """Parents of units (the first is the root), and grants as (unit, role, begins in days, lasts days, revoked)."""
    levels, parents = [0], [None]
    for choice in draw(st.lists(st.integers(0, 30), max_size=9)):
        candidates = [at for at, level in enumerate(levels) if level < 3]
        parent = candidates[choice % len(candidates)]
        parents.append(parent)
        levels.append(levels[parent] + 1)
    return parents, levels, draw(st.lists(grants, max_size=5))


def build(parents, levels):
    units = []
    for parent, level in zip(parents, levels, strict=True):
        units.append(make_unit(None if parent is None else units[parent], LEVELS[level]))
    return units


def allowed(parents, given_grants, permission):
    """The plain model: whoever holds a standing role on a unit or above it."""
    found = set()
    for at in range(len(parents)):
        above, up = {at}, parents[at]
        while up is not None:
            above.add(up)
            up = parents[up]
        if any(
            unit in above and permission in CORE_ROLES[role].permissions and begins <= 0 <= ends and not revoked
            for unit, role, begins, ends, revoked in given_grants
        ):
            found.add(at)
    return found


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds())
def test_lists_and_checks_agree_with_each_other_and_the_model(app, world):
    parents, levels, asked = world
    units, person, kept, seen = build(parents, levels), make_person(), [], set()
    for unit, role, begins, lasts, revoked in asked:
        at, end = unit % len(units), begins + max(lasts, 0)
        if (at, role, begins) in seen:
            continue
        seen.add((at, role, begins))
        today = clock.today()
        grant_id = grant_role(
            SYSTEM,
            person_id=person,
            role=role,
            org_id=units[at],
            valid_from=today + dt.timedelta(days=begins),
            valid_to=today + dt.timedelta(days=end),
            reason="测试",
        )
        if revoked:
            revoke_grant(SYSTEM, grant_id, "测试")
        kept.append((at, role, begins, end, revoked))
    actor = actor_for(person)
    for permission in PERMISSIONS:
        listed = set(db.session.scalars(policy.visible_orgs(actor, permission)))
        checked = {unit for unit in units if policy.can(actor, permission, unit)}
        assert listed == checked == {units[at] for at in allowed(parents, kept, permission)}
        assert actor.holds(permission) is bool(listed)


def test_the_machine_may_do_everything_and_nobody_nothing(city):
    assert policy.can(SYSTEM, "grant:edit", city.street_a)
    assert not policy.can(ANONYMOUS, "person:view", city.street_a)
    with pytest.raises(NotFound):
        policy.require(ANONYMOUS, "person:view", city.street_a)


def test_a_missing_right_is_forbidden_at_home_and_unknown_elsewhere(city):
    marker = actor_for(make_officer("marker", city.county_a))
    with pytest.raises(Forbidden):
        policy.require(marker, "grant:edit", city.street_a)
    with pytest.raises(NotFound):
        policy.require(marker, "grant:edit", city.street_b)
    with pytest.raises(NotFound):
        policy.require(marker, "bank:view", city.street_b)


def test_people_are_seen_through_the_unit_that_employs_them_now(city):
    officer = actor_for(make_officer("hr_officer", city.county_a))
    mine, theirs, nobodys = make_person(org_id=city.community_a), make_person(org_id=city.street_b), make_person()
    seen = set(db.session.scalars(policy.visible_persons(officer, "person:view")))
    assert mine in seen
    assert not {theirs, nobodys} & seen
    policy.require_person(officer, "person:view", mine)
    for hidden in (theirs, nobodys):
        with pytest.raises(NotFound):
            policy.require_person(officer, "person:view", hidden)
    with pytest.raises(Forbidden):
        policy.require_person(officer, "grant:edit", mine)
    with unit_of_work(SYSTEM) as uow:
        uow.change(update(Employment).where(Employment.person_id == mine).values(ended_on=clock.today()))
    with pytest.raises(NotFound):
        policy.require_person(officer, "person:view", mine)


def test_a_role_that_no_longer_exists_gives_nothing(city):
    person = make_officer("trainer", city.county_a)
    with unit_of_work(SYSTEM) as uow:
        uow.change(update(Grant).where(Grant.person_id == person).values(role="gone"))
    assert policy.permissions_of(person) == frozenset()


def test_an_actor_is_built_for_known_persons_only(city):
    with pytest.raises(NotFound):
        actor_for(city.city)
