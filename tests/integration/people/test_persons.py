from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.access.service import grant_role
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.ids import new_id
from lms.kernel.models import AuditEntry, OutboxEvent
from lms.kernel.uow import unit_of_work
from lms.people import queries, sealed, service
from lms.people.dto import Order, PeopleFilter, PersonChanges, Registration
from lms.people.models import Employment, IdDocument, Person, Qualification, QualificationKind
from lms.people.sealed import Fact
from lms.testing.factories.access import make_officer
from lms.testing.factories.orgs import make_unit
from lms.testing.factories.people import make_id_number, make_person
from lms.testing.queries import count_queries

DAY = dt.date(2024, 3, 1)
CARD = "6222021001116245702"


@pytest.fixture
def officer(city):
    """The personnel officer of 武侯区."""
    return actor_for(make_officer("hr_officer", city.county_a))


def add(actor, city, order: int = 900, **given):
    values = {
        "name": "李小华",
        "id_number": make_id_number(order),
        "org_id": city.community_a,
        "started_on": DAY,
    } | given
    return service.create_person(actor, **values)


def events() -> list[str]:
    return list(db.session.scalars(select(OutboxEvent.name).order_by(OutboxEvent.id)))


def entries(action: str) -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_a_new_person_is_stored_sealed_employed_told_and_audited(officer, city):
    person_id = add(officer, city, phone="138 1234 5678", post="社区工作者")
    person = db.session.get_one(Person, person_id)
    number = make_id_number(900)
    stored = b"".join((person.id_number_sealed, person.id_number_index, person.phone_sealed, person.phone_index))
    assert number.encode() not in stored
    assert b"13812345678" not in stored
    assert sealed.opened(Fact.ID_NUMBER, person.id_number_sealed) == number
    assert person.birth_date == dt.date(1990, 1, 1)
    assert db.session.scalar(select(Employment.post).where(Employment.person_id == person_id)) == "社区工作者"
    assert events()[-2:] == ["people.person_created", "people.employment_started"]
    for entry in entries("person.create") + entries("employment.start"):
        assert number not in str(entry.detail)
        assert "13812345678" not in str(entry.detail)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"id_number": "510107199001010000"}, "id_number"),
        ({"name": "=1+1"}, "name"),
        ({"phone": "12345"}, "phone"),
        ({"email": "nobody"}, "email"),
        ({"id_document": IdDocument.PASSPORT, "id_number": "E12345678"}, "birth_date"),
        ({"started_on": dt.date(2090, 1, 1)}, "started_on"),
        ({"post": "长" * 61}, "post"),
    ],
)
def test_each_wrong_value_is_named_and_nothing_is_stored(officer, city, given, field):
    before = db.session.scalars(select(Person.id)).all()
    with pytest.raises(Invalid) as caught:
        add(officer, city, **given)
    assert list(caught.value.fields) == [field]
    assert db.session.scalars(select(Person.id)).all() == before


def test_a_number_we_hold_under_the_same_name_is_the_same_person(officer, city):
    first = add(officer, city)
    again = add(officer, city, org_id=city.street_a)
    assert again == first
    places = set(db.session.scalars(select(Employment.org_id).where(Employment.person_id == first)))
    assert places == {city.community_a, city.street_a}


def test_a_number_we_hold_under_another_name_is_refused(officer, city):
    add(officer, city)
    with pytest.raises(Invalid) as caught:
        add(officer, city, name="李大华", org_id=city.street_a)
    assert list(caught.value.fields) == ["name"]


def test_a_phone_belongs_to_one_person(officer, city):
    add(officer, city, phone="13800000001")
    with pytest.raises(Invalid) as caught:
        add(officer, city, 901, phone="13800000001")
    assert list(caught.value.fields) == ["phone"]


def test_another_countys_units_do_not_exist_for_an_officer(officer, city):
    with pytest.raises(NotFound):
        add(officer, city, org_id=city.community_b)
    stranger = make_person("外区人", city.community_b)
    for act in (
        lambda: queries.profile(officer, stranger),
        lambda: service.update_person(officer, stranger, PersonChanges(name="新名")),
        lambda: service.reveal(officer, stranger, Fact.ID_NUMBER, "核对证件"),
        lambda: service.record_qualification(
            officer, stranger, kind=QualificationKind.SENIOR, certificate_number="2024123456", obtained_on=DAY
        ),
    ):
        with pytest.raises(NotFound):
            act()
    foreign = db.session.scalars(select(Employment.id).where(Employment.person_id == stranger)).one()
    with pytest.raises(NotFound):
        service.end_employment(officer, foreign, clock.today())


def test_who_may_only_look_may_not_edit(city):
    looker = actor_for(make_officer("exam_officer", city.county_a))
    person_id = make_person("王五", city.community_a)
    assert queries.profile(looker, person_id).name == "王五"
    with pytest.raises(Forbidden):
        service.update_person(looker, person_id, PersonChanges(name="王六"))
    with pytest.raises(Forbidden):
        service.reveal(looker, person_id, Fact.ID_NUMBER, "随便看看")


def test_an_update_tells_what_changed_and_leaves_the_rest(officer, city):
    person_id = add(officer, city, phone="13800000001", email="a@example.org")
    changed = service.update_person(officer, person_id, PersonChanges(phone="13800000002", bank_account=CARD))
    assert set(changed) == {"phone", "bank_account"}
    profile = queries.profile(officer, person_id)
    assert (profile.phone, profile.bank_account, profile.email) == ("138****0002", "**** **** 5702", "a@example.org")
    assert events()[-1] == "people.person_updated"
    assert service.update_person(officer, person_id, PersonChanges(phone="13800000002")) == ()
    assert len(entries("person.update")) == 1
    assert service.update_person(officer, person_id, PersonChanges(phone="", email="")) == ("phone", "email")
    assert queries.profile(officer, person_id).phone == ""


def test_a_wrong_identity_number_can_be_corrected_but_not_to_somebody_elses(officer, city):
    person_id, other = add(officer, city), add(officer, city, 901)
    service.update_person(officer, person_id, PersonChanges(id_number=make_id_number(902, dt.date(1985, 5, 5))))
    assert db.session.get_one(Person, person_id).birth_date == dt.date(1985, 5, 5)
    assert service.find_by_number(officer, make_id_number(902, dt.date(1985, 5, 5))) == person_id
    assert service.find_by_number(officer, make_id_number(900)) is None
    with pytest.raises(Invalid):
        service.update_person(officer, other, PersonChanges(id_number=make_id_number(902, dt.date(1985, 5, 5))))


def test_revealing_needs_a_reason_and_leaves_a_trace(officer, city):
    person_id = add(officer, city)
    with pytest.raises(Invalid):
        service.reveal(officer, person_id, Fact.ID_NUMBER, "  看 ")
    assert entries("person.reveal") == []
    assert service.reveal(officer, person_id, Fact.ID_NUMBER, "核对补贴发放") == make_id_number(900)
    [entry] = entries("person.reveal")
    assert (entry.actor_id, entry.detail) == (officer.person_id, {"field": "id_number", "reason": "核对补贴发放"})
    with pytest.raises(NotFound):
        service.reveal(officer, person_id, Fact.BANK_ACCOUNT, "核对补贴发放")


def test_an_employment_ends_once_and_the_person_leaves_the_officers_list(officer, city):
    person_id = add(officer, city)
    job = db.session.scalars(select(Employment.id).where(Employment.person_id == person_id)).one()
    for day in (DAY - dt.timedelta(days=1), clock.today() + dt.timedelta(days=1)):
        with pytest.raises(Invalid):
            service.end_employment(officer, job, day)
    service.end_employment(officer, job, dt.date(2025, 1, 31))
    with pytest.raises(Conflict):
        service.end_employment(officer, job, dt.date(2025, 1, 31))
    with pytest.raises(NotFound):
        queries.profile(officer, person_id)
    assert events()[-1] == "people.employment_ended"


def test_nobody_is_employed_twice_at_one_unit(officer, city):
    person_id = add(officer, city)
    with pytest.raises(Conflict):
        service.start_employment(officer, person_id, org_id=city.community_a, started_on=dt.date(2025, 1, 1))


def record(actor, person_id, **given):
    values = {
        "kind": QualificationKind.ASSISTANT,
        "certificate_number": "2024000001",
        "obtained_on": dt.date(2024, 6, 1),
    }
    service.record_qualification(actor, person_id, **(values | given))


def test_a_qualification_is_recorded_then_renewed(officer, city):
    person_id = add(officer, city)
    record(officer, person_id, registered_from=dt.date(2024, 9, 1), registered_until=dt.date(2027, 8, 31))
    record(officer, person_id, registered_from=dt.date(2027, 9, 1), registered_until=dt.date(2030, 8, 31))
    [held] = queries.profile(officer, person_id).qualifications
    assert held.registered_until == dt.date(2030, 8, 31)
    assert events().count("people.qualification_recorded") == 2


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"certificate_number": "证书"}, "certificate_number"),
        ({"obtained_on": dt.date(2090, 1, 1)}, "obtained_on"),
        (
            {"registered_from": dt.date(2025, 1, 1), "registered_until": dt.date(2024, 1, 1)},
            "registered_until",
        ),
    ],
)
def test_a_wrong_qualification_is_refused_by_field(officer, city, given, field):
    person_id = add(officer, city)
    with pytest.raises(Invalid) as caught:
        record(officer, person_id, **given)
    assert list(caught.value.fields) == [field]


def test_a_certificate_number_belongs_to_one_person(officer, city):
    record(officer, add(officer, city))
    with pytest.raises(Invalid):
        record(officer, add(officer, city, 901))
    assert len(db.session.scalars(select(Qualification)).all()) == 1


def names(actor, **wanted) -> list[str]:
    return [person.name for person in db.session.scalars(queries.people(actor, PeopleFilter(**wanted)))]


def test_the_list_is_found_by_name_and_last_four_and_stops_at_the_officers_units(officer, city):
    mine = [name for name in names(officer) if name.startswith("张三")]  # the officer works there too
    add(officer, city, name="赵一", id_number=make_id_number(901))
    add(officer, city, name="赵二", id_number=make_id_number(902), org_id=city.street_a, post="网格员")
    make_person("赵三", city.community_b)
    assert names(officer, text="赵") == ["赵一", "赵二"]
    assert names(officer, text=make_id_number(902)[-4:].lower()) == ["赵二"]
    assert names(officer, org_id=city.community_a, text="赵") == ["赵一"]
    assert names(officer, post="网格员") == ["赵二"]
    assert names(officer, text="%") == names(officer, text="_") == []
    assert len(names(officer)) == len(mine) + 2
    assert names(SYSTEM, text="赵") == ["赵一", "赵三", "赵二"] or set(names(SYSTEM, text="赵")) == {
        "赵一",
        "赵二",
        "赵三",
    }


def test_registrations_are_found_by_their_end(officer, city):
    today = clock.today()
    for order, days in ((901, -1), (902, 0), (903, 90), (904, 91), (905, None)):
        person_id = add(officer, city, order, name=f"钱{'甲乙丙丁戊'[order - 901]}")
        until = None if days is None else today + dt.timedelta(days=days)
        record(officer, person_id, certificate_number=f"2024{order:08d}", registered_until=until)
    assert set(names(officer, registration=Registration.LAPSED)) == {"钱甲"}
    assert set(names(officer, registration=Registration.SOON)) == {"钱乙", "钱丙"}
    assert set(names(officer, registration=Registration.MISSING)) == {"钱戊"}
    assert names(officer, qualification=QualificationKind.ASSISTANT, order=Order.EXPIRY) == [
        "钱甲", "钱乙", "钱丙", "钱丁", "钱戊",
    ]  # fmt: skip
    assert names(officer, qualification=QualificationKind.SENIOR) == []


def test_a_whole_number_finds_only_people_of_the_officers_units(officer, city):
    person_id = add(officer, city, phone="13800000001")
    make_person("外区人", city.community_b, phone="13800000009", id_number=make_id_number(950))
    assert service.find_by_number(officer, make_id_number(900).lower()) == person_id
    assert service.find_by_number(officer, "+86 138 0000 0001") == person_id
    assert service.find_by_number(officer, "13800000009") is None
    assert service.find_by_number(officer, make_id_number(950)) is None


def test_a_list_costs_the_same_however_long(officer, city):
    def cost(many: int) -> int:
        for _one in range(many):
            make_person("", city.community_a)
        with count_queries() as seen:
            queries.lines(officer, db.session.scalars(queries.people(officer, PeopleFilter())).all())
        return seen.count

    assert cost(1) == cost(15)


def test_lists_and_pages_never_hold_a_clear_number(officer, city):
    person_id = add(officer, city, phone="13812345678")
    line = next(
        line
        for line in queries.lines(officer, db.session.scalars(queries.people(officer, PeopleFilter())).all())
        if line.person_id == person_id
    )
    shown = f"{line} {queries.profile(officer, person_id)}"
    assert make_id_number(900) not in shown
    assert "13812345678" not in shown
    assert line.phone == "138****5678"


def certify(person_id):
    with unit_of_work(SYSTEM) as uow:
        uow.session.add(
            Qualification(
                id=new_id(), person_id=person_id, kind=QualificationKind.ASSISTANT, certificate_number=new_id().hex,
                obtained_on=DAY, recorded_at=clock.now(),
            )
        )  # fmt: skip


def test_coverage_counts_certificate_holders_in_the_units_directly_below(officer, city):
    street = make_unit(city.county_a, name="浆洗街街道")
    certify(make_person("", city.community_a))
    make_person("", city.community_a)
    certify(make_person("", street))
    certify(make_person("", city.community_b))  # another county's
    rows = {row.name: (row.people, row.certified, row.percent) for row in queries.coverage(officer)}
    assert rows == {"玉林街道": (2, 1, 50), "浆洗街街道": (1, 1, 100)}


def test_coverage_is_empty_when_an_officer_looks_after_several_units(city):
    person = make_officer("hr_officer", city.street_a)
    grant_role(SYSTEM, person_id=person, role="hr_officer", org_id=city.street_b, reason="兼任")
    assert queries.coverage(actor_for(person)) == []
