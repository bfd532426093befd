"""Signing up needs no roster and tells nobody who is on it; merging moves everything and loses nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from lms.access.actors import actor_for
from lms.access.dto import Device
from lms.access.models import Account, AccountState
from lms.access.service import sign_in
from lms.agenda import service as feeds
from lms.certificates import service as certificates
from lms.credits.cycles import standing
from lms.credits.models import CreditEntry
from lms.credits.service import check_ledger
from lms.exams import service as exams
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.learning.models import Enrolment
from lms.learning.service import enrol
from lms.messages.models import Message
from lms.people.models import IdDocument, Person, PersonState, Qualification
from lms.people.service import public as people
from lms.prep import policy
from lms.prep.dto import SignUpFilter
from lms.prep.models import PrepPaper, SignUp, Source
from lms.prep.queries import sign_ups
from lms.prep.service import practising, signing_up
from lms.testing.factories.access import PASSWORD, make_account, make_officer
from lms.testing.factories.certificates import earn, make_ground, make_kind
from lms.testing.factories.courses import import_files, package_files, study
from lms.testing.factories.credits import qualify
from lms.testing.factories.exams import make_exam
from lms.testing.factories.people import make_id_number, make_person
from lms.testing.factories.prep import make_subject, new_sign_up, sign_up
from lms.testing.queries import count_queries

pytestmark = pytest.mark.usefixtures("noon")
DEVICE = Device("127.0.0.1", "test")


@pytest.fixture
def officer(city):
    return actor_for(make_officer("hr_officer", city.county_a, "罗毅"))


def person_of(row):
    return db.session.get_one(Person, row.person_id, populate_existing=True)


def test_a_volunteer_gets_a_record_without_document_and_an_account(city):
    row = sign_up(city.county_a, email="su@example.org")
    person = person_of(row)
    assert (person.id_document, person.id_number_index, person.phone_index) == (None, None, None)
    assert person.email == "su@example.org"
    assert row.consent_digest == signing_up.consent.digest(row.consent)
    username = db.session.query(Account).filter_by(person_id=person.id).one().username
    assert sign_in.sign_in(username, PASSWORD, DEVICE).token


def test_what_is_wrong_is_named_all_at_once_and_nothing_is_written(city):
    wrong = new_sign_up(city.street_a, name="1", phone="12", email="x", consent="2020-01")
    with pytest.raises(Invalid) as refusal:
        signing_up.sign_up(wrong, DEVICE)
    assert set(refusal.value.fields) == {"name", "phone", "email", "org", "consent"}
    with pytest.raises(Invalid):
        signing_up.sign_up(new_sign_up(city.county_a, password="苏雨桐123"), DEVICE)
    make_account(make_person(org_id=city.street_a), "taken")
    with pytest.raises(Conflict):
        signing_up.sign_up(new_sign_up(city.county_a, username="taken"), DEVICE)
    assert db.session.query(SignUp).count() == 0
    assert db.session.query(Person).filter(Person.id_number_index.is_(None)).count() == 0


def test_one_name_and_phone_sign_up_once(city):
    new = new_sign_up(city.county_a)
    signing_up.sign_up(new, DEVICE)
    with pytest.raises(Conflict) as refusal:
        signing_up.sign_up(new_sign_up(city.county_a, phone=new.phone), DEVICE)
    assert refusal.value.code == "signed_up_before"
    signing_up.sign_up(new_sign_up(city.county_a, phone=new.phone, name="邓芳"), DEVICE)


def test_a_phone_of_the_roster_is_neither_told_nor_taken_away(city):
    on_roster = make_person("陈思雨", city.community_a, phone="13912345678")
    row = sign_up(city.county_a, phone="13912345678", name="陌生人")
    assert person_of(row).phone_index is None
    assert db.session.get_one(Person, on_roster).phone_index == row.phone_index


def test_a_document_is_added_once_and_never_says_whose_it_is(city):
    row = sign_up(city.county_a)
    number, held = make_id_number(7), make_id_number(8)
    make_person("陈思雨", city.community_a, id_number=held)
    me = actor_for(row.person_id)
    for wrong in ("510107199001010000", held):
        with pytest.raises(Invalid) as refusal:
            people.add_own_document(me, IdDocument.RESIDENT, wrong)
    assert "陈思雨" not in str(refusal.value)
    people.add_own_document(me, IdDocument.RESIDENT, number)
    with pytest.raises(Conflict):
        people.add_own_document(me, IdDocument.RESIDENT, make_id_number(9))


def test_an_official_exam_and_a_certificate_wait_for_the_document(city):
    row, exam = sign_up(city.county_a), make_exam(city.city)
    me = actor_for(row.person_id)
    with pytest.raises(Conflict) as refusal:
        exams.register(me, exam.session_id)
    assert refusal.value.code == "no_document"
    ground = make_ground(city.city)
    make_kind(city.city)
    earn(ground, [row.person_id])
    with pytest.raises(Conflict):
        certificates.issue(SYSTEM, "CDSGY", row.person_id)
    people.add_own_document(me, IdDocument.RESIDENT, make_id_number(7))
    assert exams.register(me, exam.session_id)


def test_merging_moves_account_courses_practice_hours_and_messages_and_ends_the_calendars_address(city, officer):
    row, kept = sign_up(city.county_a), make_person("苏雨桐", city.community_a)
    me, slug = actor_for(row.person_id), "junior"
    import_files(package_files(slug, minimum_minutes=0, open_to_public=True), city.city)
    study(row.person_id, slug)
    enrol(actor_for(kept), slug)
    subject = make_subject(city.city)
    paper_id = practising.start(me, subject.slug, key="k")
    with_message = db.session.query(Message).filter_by(person_id=row.person_id).count()
    earned = sum(entry.minutes for entry in db.session.query(CreditEntry).filter_by(person_id=row.person_id))
    assert with_message
    assert earned
    for _twice in range(2):
        feeds.give_address(me)
    token = feeds.token_of(row.person_id)
    signing_up.merge(officer, row.id, kept)
    with pytest.raises(NotFound):  # whoever knows the old address does not read the other record's calendar
        feeds.owner_of(token)
    assert (person_of(row).state, person_of(row).merged_into) == (PersonState.MERGED, kept)
    assert db.session.query(Account).filter_by(person_id=kept).one().state is AccountState.ACTIVE
    assert sorted(one.round for one in db.session.query(Enrolment).filter_by(person_id=kept)) == [1, 2]
    assert db.session.get_one(PrepPaper, paper_id, populate_existing=True).person_id == kept
    assert db.session.query(Message).filter_by(person_id=kept).count() == with_message
    sums = {row.person_id: 0, kept: 0}
    for entry in db.session.query(CreditEntry):
        sums[entry.person_id] += entry.minutes
    assert sums == {row.person_id: 0, kept: earned}
    assert check_ledger()[1] == []
    assert list(standing.differences()) == []
    with pytest.raises(Conflict):
        signing_up.merge(officer, row.id, kept)
    assert sign_ups.own(kept).id == row.id


def test_a_course_that_both_records_completed_counts_once(city, officer):
    row, kept, slug = sign_up(city.county_a), make_person("苏雨桐", city.community_a), "junior"
    import_files(package_files(slug, minimum_minutes=0, open_to_public=True), city.city)
    for person_id in (row.person_id, kept):
        study(person_id, slug)
    before = sum(entry.minutes for entry in db.session.query(CreditEntry).filter_by(person_id=kept))
    signing_up.merge(officer, row.id, kept)
    entries = db.session.query(CreditEntry).all()
    assert sum(entry.minutes for entry in entries if entry.person_id == kept) == before > 0
    assert sum(entry.minutes for entry in entries if entry.person_id == row.person_id) == 0
    assert check_ledger()[1] == []


def test_an_account_on_the_roster_stays_and_the_other_is_closed(city, officer):
    row, kept = sign_up(city.county_a), make_person("苏雨桐", city.community_a)
    make_account(kept, "roster")
    signing_up.merge(officer, row.id, kept)
    states = {one.person_id: one.state for one in db.session.query(Account)}
    assert states == {row.person_id: AccountState.DISABLED, kept: AccountState.ACTIVE}


def test_nothing_is_merged_while_something_would_be_left_behind(city, officer):
    row, kept = sign_up(city.county_a), make_person("苏雨桐", city.community_a)
    qualify(row.person_id)
    with pytest.raises(Conflict) as refusal:
        signing_up.merge(officer, row.id, kept)
    assert refusal.value.code == "something_stays"
    assert "qualification" in refusal.value.why
    assert person_of(row).state is PersonState.ACTIVE


def test_only_those_in_charge_of_both_merge_and_never_themselves(city, officer):
    row, kept = sign_up(city.county_a), make_person("苏雨桐", city.community_b)
    with pytest.raises(NotFound):
        signing_up.merge(officer, row.id, kept)
    other = actor_for(make_officer("hr_officer", city.county_b))
    with pytest.raises(NotFound):
        signing_up.merge(other, row.id, kept)
    with pytest.raises(NotFound):
        policy.sign_up(other, row.id)
    auditor = actor_for(make_officer("auditor", city.county_a))
    with pytest.raises(Forbidden):
        signing_up.merge(auditor, row.id, make_person("苏雨桐", city.community_a))
    with pytest.raises(Forbidden):
        signing_up.merge(officer, row.id, officer.person_id)


def test_a_different_document_is_a_different_person(city, officer):
    row, kept = sign_up(city.county_a), make_person("苏雨桐", city.community_a)
    people.add_own_document(actor_for(row.person_id), IdDocument.RESIDENT, make_id_number(7))
    with pytest.raises(Conflict):
        signing_up.merge(officer, row.id, kept)


def test_who_passed_later_is_known_before_and_after_merging(city, officer):
    early = clock.today() + dt.timedelta(days=200)
    first, second = sign_up(city.county_a), sign_up(city.county_a, name="邓芳", source=Source.WECHAT)
    sign_up(city.county_b, name="何俊杰")
    kept = make_person("邓芳", city.community_a)
    signing_up.merge(officer, second.id, kept)
    qualify(kept)
    db.session.query(Qualification).update({"obtained_on": early})
    rows = db.session.execute(sign_ups.listed(officer, SignUpFilter())).all()
    found = {line.sign_up.id: line for line in sign_ups.lines(rows)}
    assert {key: line.passed_on for key, line in found.items()} == {first.id: None, second.id: early}
    assert found[second.id].merged
    assert sign_ups.by_source(officer, SignUpFilter()) == [(Source.COMMUNITY, 1, 0), (Source.WECHAT, 1, 1)]
    assert sign_ups.by_week(officer, SignUpFilter())[-1] == (dt.date(2026, 11, 23), 2)
    passed = db.session.execute(sign_ups.listed(officer, SignUpFilter(passed=True, merged=True))).all()
    assert [row[0].id for row in passed] == [second.id]
    with count_queries() as counted:
        sign_ups.lines(rows)
    assert counted.count == 1
