"""What the core answers plugins."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.approvals import service
from lms.approvals.dto import Correction
from lms.certificates import service as certificates
from lms.kernel.actor import SYSTEM
from lms.kernel.crypto import DecryptionError
from lms.kernel.db import db
from lms.people.models import Person
from lms.people.service import start_employment
from lms.plugin_api.services import services
from lms.plugin_api.work import clock, unit_of_work
from lms.testing.factories import approvals as cases
from lms.testing.factories.access import make_officer
from lms.testing.factories.certificates import earn, make_ground, make_kind
from lms.testing.factories.credits import qualify
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries


def test_units_to_choose_from_begin_with_the_highest_the_officer_sees(city):
    def offered(org_id):
        actor = actor_for(make_officer("hr_officer", org_id))
        return [one.id for one in services().orgs.choices(services().access.visible_orgs(actor, "person:view"))]

    assert offered(city.city)[0] == city.city
    assert offered(city.county_a) == [city.county_a, city.street_a, city.community_a]
    assert offered(city.community_b) == [city.community_b]


def test_a_sealed_file_opens_only_as_what_it_was_sealed_for(app):
    secrets, content = services().secrets, b"PK\x03\x04 a workbook"
    sealed = secrets.seal_bytes("payouts_batch.file", content)
    assert content not in sealed
    assert secrets.open_bytes("payouts_batch.file", sealed) == content
    with pytest.raises(DecryptionError):
        secrets.open_bytes("payouts_result.file", sealed)


def everybody(ask, size):
    found, last = [], None
    while batch := ask(last, size):
        found += batch
        last = batch[-1].id
    return found


def test_all_holders_of_a_qualification_come_in_batches(city):
    people = [make_person(org_id=city.community_a) for _number in range(5)]
    for person in people:
        qualify(person)
    found = everybody(lambda after, most: services().people.holders("assistant", after, most), 2)
    assert sorted(one.person_id for one in found) == sorted(people)
    assert services().people.holders("senior") == []


def test_all_certificates_of_a_kind_come_in_batches_and_say_what_they_correct(city):
    kind, ground = make_kind(city.city), make_ground(city.city)
    people = [make_person(f"持证人{number}", city.community_a) for number in range(3)]
    earn(ground, people)
    issued = [certificates.issue(SYSTEM, kind, person, print_now=False) for person in people]
    with unit_of_work(SYSTEM) as uow:
        uow.session.get_one(Person, people[0]).name = "改名人"
    corrected = certificates.correct(SYSTEM, issued[0], "姓名有误")
    with count_queries() as seen:
        services().certificates.holders(kind, None, 500)
    assert seen.count == 1
    found = everybody(lambda after, most: services().certificates.holders(kind, after, most), 2)
    assert [one.id for one in found] == sorted([*issued, corrected])
    by_id = {one.id: one for one in found}
    assert (by_id[corrected].supersedes_id, by_id[corrected].status) == (issued[0], "valid")
    assert (by_id[issued[0]].supersedes_id, by_id[issued[0]].status) == (None, "superseded")


def test_employers_are_the_newest_present_ones_and_serve_as_a_filter(city):
    moved, stayed, nowhere = make_person("甲", city.community_a), make_person("乙", city.community_b), make_person("丙")
    start_employment(SYSTEM, moved, org_id=city.street_b, started_on=clock.today())
    people = services().people
    assert {key: unit.id for key, unit in people.employers([moved, stayed, nowhere]).items()} == {
        moved: city.street_b, stayed: city.community_b,
    }  # fmt: skip

    def employed_in(org_id):
        return set(db.session.scalars(people.employed_in(services().orgs.within(org_id))))

    assert employed_in(city.county_a) == {moved}
    assert employed_in(city.county_b) == {moved, stayed}


def test_a_name_is_looked_for_word_for_word(city):
    person = make_person("欧阳_明%", city.community_a)
    make_person("欧阳明月", city.community_a)
    assert db.session.scalars(services().people.named("_明%")).all() == [person]
    assert len(db.session.scalars(select(services().people.named("欧阳").subquery())).all()) == 2


def test_a_case_names_who_approved_it_in_order_and_its_files_by_their_hashes(city):
    cases.put_kind()
    who = make_person("陈思雨", city.community_a)
    street, county, chief = cases.make_officers(city.street_a, city.county_a, city.city)
    case_id = cases.make_case(who).case_id
    cases.approve(case_id, street)
    cases.send_back(case_id, county)
    service.resubmit(actor_for(who), case_id, Correction("没有社保记录"), seen_round=1)
    cases.approve(case_id, county, chief)
    found = services().approvals.case(case_id)
    assert found.approvers == (street.person_id, county.person_id, chief.person_id)
    [file] = found.files
    assert (file.kind, file.name, file.round) == ("certificate", "证书.png", 1)
    assert (file.sha256,) == found.proofs == (hashlib.sha256(cases.PNG_BYTES).hexdigest(),)
