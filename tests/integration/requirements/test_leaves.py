"""What each type of condition finds of people, for many at once, and lists with equivalences."""

from __future__ import annotations

import datetime as dt

import pytest

from lms.certificates.models import Certificate
from lms.credits.evidence.rules import ClaimState
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.ids import new_id
from lms.kernel.uow import unit_of_work
from lms.people.models import Employment, QualificationKind
from lms.requirements import checking, kinds, queries, service
from lms.requirements.rules import Group, How, Leaf
from lms.testing.factories.certificates import earn, make_ground, make_kind
from lms.testing.factories.credits import complete, qualify
from lms.testing.factories.evidence import Desk
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries

SLUG = "chengdu-social-worker"


def find(person_id, key, on=None, **params):
    return checking.checked([{"type": key, "params": params}], [person_id], on or clock.today())[person_id][0]


def employ(person_id, org_id, first, last=None):
    with unit_of_work(SYSTEM) as uow:
        uow.session.add(Employment(id=new_id(), person_id=person_id, org_id=org_id, started_on=first, ended_on=last))


def test_a_course_and_an_exam_count_by_the_day_they_are_known(app, city):
    ground, person, other = make_ground(city.city), make_person(), make_person()
    earn(ground, [person])
    assert find(person, "course", slug=SLUG).met
    assert find(person, "exam", slug=SLUG, least=60).met
    before = clock.today() - dt.timedelta(days=400)
    assert not find(person, "course", before, slug=SLUG).met
    assert not find(person, "exam", before, slug=SLUG).met
    unmet = find(other, "course", slug=SLUG)
    assert (unmet.met, unmet.href, unmet.days, unmet.effort) == (False, f"/courses/{SLUG}", 7, 8)
    assert not find(person, "exam", slug=SLUG, least=100).met


def test_hours_are_counted_by_category_and_say_how_far_one_is(app, city):
    person = make_person()
    complete(person, 300, "professional")
    complete(person, 120, "public")
    assert find(person, "hours", minutes=420, months=12).met
    found = find(person, "hours", minutes=600, months=12, category="professional")
    assert (found.met, found.progress.have, found.progress.need, found.days) == (False, 5, 10, 14)
    assert "专业科目" in str(found.text)


def test_outside_learning_counts_when_it_was_approved(app, city):
    desk = Desk(city)
    desk.claim("lecture", 3)
    assert not find(desk.person_id, "evidence", code="lecture").met
    claim = desk.counted(3)
    assert claim.state is ClaimState.COUNTED
    assert find(desk.person_id, "evidence", code="lecture").met
    assert find(desk.person_id, "evidence", code="lecture", times=2).progress.have == 1


def test_a_qualification_counts_from_its_level_up_and_for_so_long(app, city):
    person = make_person()
    qualify(person, QualificationKind.INTERMEDIATE)
    assert find(person, "qualification", level="assistant").met
    assert not find(person, "qualification", level="senior").met
    day = dt.date(2026, 5, 31)
    assert find(person, "qualification", day, level="assistant", months=23).met
    unmet = find(person, "qualification", day, level="assistant", months=24)
    assert (unmet.met, unmet.days, unmet.progress.have) == (False, 1, 24)


def test_years_of_service_leave_gaps_out_and_count_overlaps_once(app, city):
    person = make_person()
    employ(person, city.street_a, dt.date(2020, 1, 1), dt.date(2020, 12, 31))
    employ(person, city.street_b, dt.date(2020, 7, 1), dt.date(2021, 6, 30))
    employ(person, city.community_a, dt.date(2023, 1, 1))
    assert find(person, "service", dt.date(2023, 6, 30), months=24).met
    unmet = find(person, "service", dt.date(2023, 6, 29), months=24)
    assert (unmet.met, unmet.days, unmet.progress.have) == (False, 1, 23)
    assert not find(make_person(), "service", months=1).met


def test_a_certificate_counts_while_it_is_valid_and_a_national_one_counts_for_it(app, city):
    make_kind(city.city)
    holder, national, nobody = make_person(), make_person(), make_person()
    with unit_of_work(SYSTEM) as uow:
        uow.session.add(
            Certificate(
                id=new_id(), kind="CDSGY", number="N1", token="T1", person_id=holder, org_id=city.city, key="k1",
                claims="{}", digest="d", valid_from=dt.date(2025, 1, 1), valid_until=dt.date(2026, 12, 31),
                issued_at=clock.now(),
            )
        )  # fmt: skip
    qualify(national)
    day = dt.date(2026, 3, 1)
    people = [holder, national, nobody]
    found = checking.checked([{"type": "certificate", "params": {"kind": "CDSGY"}}], people, day)
    assert [found[person][0].met for person in people] == [True, True, False]
    assert "视同" in str(found[national][0].text)
    assert not find(holder, "certificate", dt.date(2027, 1, 1), kind="CDSGY").met
    tally = checking.tally(Leaf("certificate", {"kind": "CDSGY"}), people, day)
    assert tally.met == {holder, national}
    service.start_draft(SYSTEM, "equal.community_worker")
    service.publish(SYSTEM, "equal.community_worker", 1, valid_from=clock.today(), note="停用", is_open=False)
    assert queries.equivalences(clock.today()) == []


def test_many_people_cost_as_many_statements_as_one(app, city):
    tree = Group(
        How.ALL,
        tuple(
            Leaf(key, params)
            for key, params in (
                ("course", {"slug": SLUG}), ("exam", {"slug": SLUG}), ("hours", {"minutes": 60, "months": 12}),
                ("qualification", {"level": "assistant"}), ("service", {"months": 6}), ("evidence", {"code": "lecture"}),
                ("certificate", {"kind": "CDSGY"}),
            )
        ),
    )  # fmt: skip
    people = [make_person(org_id=city.community_a) for _number in range(6)]

    def cost(asked):
        with count_queries() as seen:
            checking.assess(tree, asked, clock.today())
        return seen.count

    assert cost(people[:1]) == cost(people) <= 14


def test_a_condition_of_a_type_that_is_gone_is_not_met_and_has_no_way(app, city):
    person = make_person(org_id=city.community_a)
    tree = Group(How.ANY, (Leaf("gone.type", {}), Leaf("service", {"months": 480})))
    found = checking.assess(tree, [person], clock.today())[person]
    assert not found.met
    assert [leaf.type for leaf, _finding in found.steps] == ["service"]
    assert "无法核对" in str(next(found.leaves()).finding.text)


@pytest.mark.parametrize("key", ["course", "exam", "hours", "evidence", "qualification", "service", "certificate"])
def test_every_param_of_a_core_type_has_a_name(app, key):
    kind = kinds.known()[key]
    assert set(kind.labels) == set(kind.schema["properties"])


def test_what_a_met_condition_rests_on_leaves_out_the_alternatives_nobody_needed(app, city):
    person = make_person(org_id=city.community_a)
    years, months = (Leaf("service", {"months": number}) for number in (480, 2))
    either = Group(How.ANY, (years, months))
    tree = Group(How.ALL, (either, Leaf("service", {"months": 1})))
    found = checking.assess(tree, [person], clock.today())[person]
    assert [one.node for one in found.leaves()] == [months, Leaf("service", {"months": 1})]
