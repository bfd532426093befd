from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest
from sqlalchemy import func, select

from lms.access.actors import actor_for
from lms.access.models import Grant
from lms.access.service import revoke_grant
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, NotFound
from lms.kernel.models import AuditEntry, OutboxEvent, StoredFile
from lms.kernel.runtime import kernel
from lms.orgs.models import OrgKind, OrgUnit
from lms.people import queries, sealed
from lms.people.models import (
    ApplyMode,
    Employment,
    ImportState,
    Person,
    Qualification,
    RosterRow,
)
from lms.people.roster import files, service
from lms.people.roster.layout import COLUMNS
from lms.people.sealed import Fact
from lms.people.service import end_employment
from lms.people.wording import FAULTS, say
from lms.testing.factories.access import make_officer
from lms.testing.factories.orgs import make_unit
from lms.testing.factories.people import make_id_number, make_person
from lms.testing.factories.rosters import apply, check, counts, problems, reload, roster_row, run_jobs

STREET = "玉林街道"
CERTIFIED = {
    "qualification": "助理社会工作师",
    "certificate_number": "2024000000001",
    "obtained_on": "2024-06-15",
    "registered_from": "2024-09-01",
    "registered_until": "2027-08-31",
}


@pytest.fixture
def officer(city):
    """The personnel officer of 武侯区."""
    return actor_for(make_officer("hr_officer", city.county_a))


def how_many(table) -> int:
    return db.session.scalar(select(func.count()).select_from(table))


def fault(actor, city, **cells) -> set[tuple[int, str, str]]:
    """The problems of a roster with one good row and one with these cells."""
    roster = check(actor, city.county_a, [roster_row(1, STREET), roster_row(2, STREET, **cells)])
    assert roster.state is ImportState.CHECKED
    assert roster.rows_faulty == (1 if problems(roster) else 0)
    return problems(roster)


def test_a_check_changes_nothing_and_applying_writes_everything(officer, city):
    before = how_many(Person)
    roster = check(officer, city.county_a, [roster_row(1, STREET), roster_row(2, "玉林街道/玉林东路社区", **CERTIFIED)])
    assert (roster.state, counts(roster)) == (ImportState.CHECKED, (2, 0, 0, 0))
    assert how_many(Person) == before
    roster = apply(roster, actor=officer)
    assert (roster.state, counts(roster)) == (ImportState.APPLIED, (2, 0, 0, 0))
    assert how_many(Person) == before + 2
    person = db.session.scalars(select(Person).where(Person.name == "李四二")).one()
    assert sealed.opened(Fact.ID_NUMBER, person.id_number_sealed) == roster_row(2, "")["id_number"]
    assert sealed.opened(Fact.PHONE, person.phone_sealed) == roster_row(2, "")["phone"]
    assert person.id_tail_index == sealed.tail_index(roster_row(2, "")["id_number"])
    assert person.birth_date == dt.date(1980, 1, 1)
    [job] = db.session.scalars(select(Employment).where(Employment.person_id == person.id))
    assert (job.org_id, job.post, job.started_on, job.ended_on) == (
        city.community_a, "社区工作者", dt.date(2024, 3, 1), None,
    )  # fmt: skip
    [held] = db.session.scalars(select(Qualification).where(Qualification.person_id == person.id))
    assert (held.certificate_number, held.registered_until) == ("2024000000001", dt.date(2027, 8, 31))
    assert how_many(RosterRow) == 0


def test_the_same_file_twice_is_no_change(officer, city):
    rows = [roster_row(1, STREET), roster_row(2, STREET, **CERTIFIED)]
    apply(check(officer, city.county_a, rows), actor=officer)
    stamp = db.session.scalars(select(Person.updated_at).order_by(Person.id)).all()
    again = check(officer, city.county_a, rows)
    assert counts(again) == (0, 0, 2, 0)
    with pytest.raises(Conflict):
        service.request_apply(officer, again.id, ApplyMode.ALL)
    assert db.session.scalars(select(Person.updated_at).order_by(Person.id)).all() == stamp


def test_a_changed_row_changes_the_person_and_blank_cells_leave_what_we_hold(officer, city):
    rows = [roster_row(1, STREET, email="a@example.org", **CERTIFIED), roster_row(2, STREET)]
    apply(check(officer, city.county_a, rows), actor=officer)
    renewed = {**rows[0], "phone": "13700000001", "email": "", "post": "", "registered_until": "2030-08-31"}
    roster = check(officer, city.county_a, [renewed, rows[1]])
    assert counts(roster) == (0, 1, 1, 0)
    apply(roster, actor=officer)
    person = db.session.scalars(select(Person).where(Person.name == "李四一")).one()
    assert sealed.opened(Fact.PHONE, person.phone_sealed) == "13700000001"
    assert person.email == "a@example.org"
    profile = queries.profile(officer, person.id)
    assert profile.employments[0].post == "社区工作者"
    assert profile.qualifications[0].registered_until == dt.date(2030, 8, 31)


def careers(name: str) -> list[tuple[str, str, str | None]]:
    """Unit, first and last day of a person's employments."""
    query = (
        select(OrgUnit.name, Employment.started_on, Employment.ended_on)
        .join(Employment, Employment.org_id == OrgUnit.id)
        .join(Person, Person.id == Employment.person_id)
        .where(Person.name == name)
        .order_by(Employment.started_on)
    )
    return [(unit, str(start), str(end) if end else None) for unit, start, end in db.session.execute(query)]


@pytest.mark.parametrize(
    ("cells", "after"),
    [
        ({"ended_on": "2025-06-30"}, [(STREET, "2024-03-01", "2025-06-30")]),
        ({"started_on": "2024-02-01"}, [(STREET, "2024-02-01", None)]),
        (
            {"started_on": "2020-01-01", "ended_on": "2021-12-31"},
            [(STREET, "2020-01-01", "2021-12-31"), (STREET, "2024-03-01", None)],
        ),
        (
            {"unit": "玉林东路社区", "started_on": "2025-01-01"},
            [(STREET, "2024-03-01", None), ("玉林东路社区", "2025-01-01", None)],
        ),
    ],
)
def test_a_row_ends_corrects_or_adds_an_employment(officer, city, cells, after):
    apply(check(officer, city.county_a, [roster_row(1, STREET)]), actor=officer)
    row = roster_row(1, STREET, **cells)
    roster = apply(check(officer, city.county_a, [row]), actor=officer)
    assert counts(roster) == (0, 1, 0, 0)
    assert careers("李四一") == after
    assert counts(check(officer, city.county_a, [row])) == (0, 0, 1, 0)


def test_an_employment_that_ended_here_is_not_silently_reopened(officer, city):
    apply(check(officer, city.county_a, [roster_row(1, STREET)]), actor=officer)
    job = db.session.scalars(select(Employment.id).where(Employment.org_id == city.street_a)).one()
    end_employment(officer, job, dt.date(2025, 6, 30))
    assert problems(check(officer, city.county_a, [roster_row(1, STREET)])) == {(2, "ended_on", "employment_ended")}


FAULTY_CELLS = [
    ({"id_number": "510107199001010000"}, ("id_number", "id_number_checksum")),
    ({"id_number": "510107199002300011"}, ("id_number", "id_number_birth_impossible")),
    ({"id_number": "510107209001010011"}, ("id_number", "id_number_birth_future")),
    ({"id_number": "5.10107199001011E+17"}, ("id_number", "number_rounded")),
    ({"id_number": ""}, ("id_number", "required")),
    ({"name": ""}, ("name", "required")),
    ({"name": "=HYPERLINK(1)"}, ("name", "name_characters")),
    ({"name": "长" * 61}, ("name", "too_long")),
    ({"birth_date": "1990-01-02"}, ("birth_date", "birth_date_differs")),
    ({"id_document": "学生证"}, ("id_document", "document_unknown")),
    ({"id_document": "护照", "id_number": "E12345678"}, ("birth_date", "required")),
    ({"id_document": "护照", "id_number": "护照号"}, ("id_number", "document_number_form")),
    ({"phone": "12345"}, ("phone", "phone_form")),
    ({"email": "nobody"}, ("email", "email_form")),
    ({"unit": "没有的单位"}, ("unit", "unit_unknown")),
    ({"unit": ""}, ("unit", "required")),
    ({"unit": "宽巷子社区"}, ("unit", "unit_outside")),
    ({"post": "长" * 61}, ("post", "too_long")),
    ({"started_on": ""}, ("started_on", "required")),
    ({"started_on": "2023-02-29"}, ("started_on", "date_impossible")),
    ({"started_on": "去年"}, ("started_on", "date_form")),
    ({"started_on": "2090-01-01"}, ("started_on", "date_too_far")),
    ({"started_on": "1970-01-01"}, ("started_on", "started_before_birth")),
    ({"ended_on": "2024-02-29"}, ("ended_on", "ended_before_started")),
    ({"ended_on": "2099-12-31"}, ("ended_on", "date_future")),
    ({"qualification": "特级社工"}, ("qualification", "qualification_unknown")),
    ({"certificate_number": "2024000001"}, ("qualification", "qualification_missing")),
    ({"qualification": "中级", "obtained_on": "2024-06-01"}, ("certificate_number", "required_with_qualification")),
    ({**CERTIFIED, "certificate_number": "2024000000002", "obtained_on": "2090-01-01"}, ("obtained_on", "date_future")),
    (
        {**CERTIFIED, "certificate_number": "2024000000003", "registered_until": "2024-08-31"},
        ("registered_until", "registration_reversed"),
    ),
    ({**CERTIFIED, "certificate_number": "2.024E+12"}, ("certificate_number", "number_rounded")),
]


def test_each_faulty_cell_is_named(officer, city):
    """One row for each fault; a row number in Excel is two more than its place in the list."""
    rows = [roster_row(order, STREET, **cells) for order, (cells, _problem) in enumerate(FAULTY_CELLS, 1)]
    roster = check(officer, city.county_a, [*rows, roster_row(99, STREET)])
    assert problems(roster) == {(at, *problem) for at, (_cells, problem) in enumerate(FAULTY_CELLS, 2)}
    assert counts(roster) == (1, 0, 0, len(rows))


def test_every_fault_of_a_row_is_named_at_once(officer, city):
    cells = {"name": "张1", "phone": "1", "unit": "无", "started_on": "x", "id_number": "1"}
    assert {column for _row, column, _code in fault(officer, city, **cells)} == set(cells)


def test_numbers_that_stand_twice_are_named_in_both_rows(officer, city):
    first = roster_row(1, STREET, **CERTIFIED)
    rows = [first, roster_row(2, STREET, phone=first["phone"]), {**first, "phone": ""}]
    roster = check(officer, city.county_a, rows)
    assert problems(roster) == {
        (2, "phone", "twice_in_file"), (3, "phone", "twice_in_file"),
        (2, "id_number", "twice_in_file"), (4, "id_number", "twice_in_file"),
        (2, "certificate_number", "twice_in_file"), (4, "certificate_number", "twice_in_file"),
    }  # fmt: skip
    assert counts(roster) == (0, 0, 0, 3)


def test_a_number_that_stands_twice_far_apart_makes_both_rows_faulty(officer, city, monkeypatch):
    monkeypatch.setattr("lms.people.roster.check.BATCH", 2)
    rows = [roster_row(order, STREET) for order in range(1, 7)]
    roster = check(officer, city.county_a, [*rows, rows[0]])
    assert problems(roster) == {(row, key, "twice_in_file") for row in (2, 8) for key in ("id_number", "phone")}
    assert counts(roster) == (5, 0, 0, 2)
    assert counts(apply(roster, ApplyMode.ONLY_CORRECT, officer)) == (5, 0, 0, 2)


def test_what_belongs_to_somebody_we_hold_is_named(officer, city):
    taken = {**CERTIFIED, "certificate_number": "2024000000009"}
    apply(check(officer, city.county_a, [roster_row(1, STREET, phone="13700000001", **taken)]), actor=officer)
    rows = [
        roster_row(1, STREET, name="李大四", phone=""),
        roster_row(2, STREET, phone="13700000001"),
        roster_row(3, STREET, **taken),
        roster_row(4, STREET),
    ]
    roster = check(officer, city.county_a, rows)
    assert problems(roster) == {
        (2, "name", "name_differs"), (3, "phone", "phone_taken"), (4, "certificate_number", "certificate_taken"),
    }  # fmt: skip
    assert counts(roster) == (1, 0, 0, 3)


@pytest.mark.parametrize(
    "written",
    [
        "玉林东路社区",
        "玉林街道/玉林东路社区",
        "武侯区 > 玉林街道 > 玉林东路社区",
        "成都市武侯区玉林街道玉林东路社区",
        "code",
    ],
)
def test_a_unit_is_found_however_it_is_written(officer, city, written):
    if written == "code":
        written = db.session.get_one(OrgUnit, city.community_a).code
    apply(check(officer, city.county_a, [roster_row(1, written)]), actor=officer)
    assert careers("李四一") == [("玉林东路社区", "2024-03-01", None)]


def test_a_name_two_units_share_has_to_be_told_apart(officer, city):
    make_unit(city.street_a, OrgKind.COMMUNITY, "新社区")
    other = make_unit(city.county_a, name="新街道")
    make_unit(other, OrgKind.COMMUNITY, "新社区")
    assert fault(officer, city, unit="新社区") == {(3, "unit", "unit_ambiguous")}
    assert fault(officer, city, unit="新街道/新社区") == set()


def test_all_or_nothing_refuses_while_anything_is_faulty(officer, city):
    roster = check(officer, city.county_a, [roster_row(1, STREET), roster_row(2, "没有的单位")])
    with pytest.raises(Conflict):
        service.request_apply(officer, roster.id, ApplyMode.ALL)
    assert db.session.scalars(select(Person).where(Person.name.startswith("李四"))).all() == []


def test_only_the_correct_rows_are_written_when_that_is_asked_for(officer, city):
    roster = check(officer, city.county_a, [roster_row(1, STREET), roster_row(2, "没有的单位"), roster_row(3, STREET)])
    roster = apply(roster, ApplyMode.ONLY_CORRECT, officer)
    assert (roster.state, counts(roster)) == (ImportState.APPLIED, (2, 0, 0, 1))
    names = db.session.scalars(select(Person.name).where(Person.name.startswith("李四")).order_by(Person.name)).all()
    assert names == ["李四一", "李四三"]


def test_what_changed_since_the_check_stops_all_or_nothing(officer, city):
    roster = check(officer, city.county_a, [roster_row(1, STREET), roster_row(2, STREET)])
    make_person("别人", city.street_a, phone=roster_row(2, "")["phone"])
    roster = apply(roster, actor=officer)
    assert (roster.state, counts(roster)) == (ImportState.CHECKED, (1, 0, 0, 1))
    assert roster.failure["code"] == "changed_since_check"
    assert problems(roster) == {(3, "phone", "phone_taken")}
    assert db.session.scalars(select(Person).where(Person.name == "李四一")).all() == []
    roster = apply(roster, ApplyMode.ONLY_CORRECT, officer)
    assert (roster.state, counts(roster)) == (ImportState.APPLIED, (1, 0, 0, 1))


def test_somebody_added_by_hand_since_the_check_is_not_added_twice(officer, city):
    row = roster_row(1, STREET)
    roster = check(officer, city.county_a, [row])
    held = make_person(row["name"], None, id_number=row["id_number"])
    roster = apply(roster, actor=officer)
    assert counts(roster) == (0, 1, 0, 0)
    assert db.session.scalars(select(Person.id).where(Person.name == row["name"])).all() == [held]


def test_a_grant_that_ended_since_the_check_is_no_grant_any_more(officer, city):
    roster = check(officer, city.county_a, [roster_row(1, STREET)])
    service.request_apply(officer, roster.id, ApplyMode.ALL)
    for grant in db.session.scalars(select(Grant.id).where(Grant.person_id == officer.person_id)).all():
        revoke_grant(SYSTEM, grant, "调离")
    run_jobs()
    assert problems(reload(roster.id)) == {(2, "unit", "unit_outside")}
    assert db.session.scalars(select(Person).where(Person.name == "李四一")).all() == []


def test_another_countys_import_does_not_exist(officer, city):
    other = actor_for(make_officer("hr_officer", city.county_b))
    roster = check(officer, city.county_a, [roster_row(1, STREET)])
    for act in (
        lambda: service.get(other, roster.id),
        lambda: service.request_apply(other, roster.id, ApplyMode.ALL),
        lambda: service.cancel(other, roster.id),
        lambda: service.try_again(other, roster.id),
        lambda: check(other, city.county_a, [roster_row(1, STREET)]),
    ):
        with pytest.raises(NotFound):
            act()


def test_who_may_look_but_not_import_is_told_nothing(city):
    looker = actor_for(make_officer("exam_officer", city.county_a))
    roster = check(SYSTEM, city.county_a, [roster_row(1, STREET)])
    with pytest.raises(NotFound):
        service.get(looker, roster.id)


def test_a_cancelled_import_keeps_nothing_and_cannot_be_applied(officer, city):
    roster = check(officer, city.county_a, [roster_row(1, STREET)])
    service.cancel(officer, roster.id)
    assert how_many(RosterRow) == 0
    with pytest.raises(Conflict):
        service.request_apply(officer, roster.id, ApplyMode.ALL)
    with pytest.raises(Conflict):
        service.cancel(officer, roster.id)


def test_asked_twice_to_apply_one_is_refused(officer, city):
    roster = check(officer, city.county_a, [roster_row(1, STREET)])
    service.request_apply(officer, roster.id, ApplyMode.ALL)
    with pytest.raises(Conflict):
        service.request_apply(officer, roster.id, ApplyMode.ALL)


def test_the_marked_file_shows_the_officers_rows_with_red_cells_and_reasons(officer, city):
    rows = [roster_row(1, STREET), roster_row(2, "没有的单位", phone="1"), roster_row(3, STREET)]
    roster = check(officer, city.county_a, rows)
    sheet = openpyxl.load_workbook(io.BytesIO(files.fetch(roster.report_file_id))).active
    assert [cell.value for cell in sheet[1]][:-1] == [column.chinese for column in COLUMNS]
    assert [sheet.cell(at, 3).value for at in (2, 3, 4)] == [row["id_number"] for row in rows]
    red = {cell.coordinate for row in sheet.iter_rows(min_row=2) for cell in row if cell.fill.fgColor.rgb == "FFFBE9EF"}
    assert red == {"E3", "G3"}
    assert say("unit_unknown", {"written": "没有的单位"}) in sheet["G3"].comment.text
    assert str(FAULTS["phone_form"]) in sheet.cell(3, len(COLUMNS) + 1).value
    assert not sheet.cell(2, len(COLUMNS) + 1).value


def test_the_marked_file_can_be_mended_and_uploaded_again(officer, city):
    rows = [roster_row(1, STREET), roster_row(2, "没有的单位")]
    roster = check(officer, city.county_a, rows)
    book = openpyxl.load_workbook(io.BytesIO(files.fetch(roster.report_file_id)))
    book.active["G3"] = STREET
    mended = io.BytesIO()
    book.save(mended)
    roster = check(officer, city.county_a, mended.getvalue())
    assert (counts(roster), roster.ignored_columns) == ((2, 0, 0, 0), [])


def test_files_are_kept_sealed(officer, city):
    row = roster_row(1, STREET, phone="1")
    roster = check(officer, city.county_a, [row])
    for file_id in (roster.file_id, roster.report_file_id):
        kept = kernel().files.read(file_id)
        assert not kept.startswith(b"PK")
        assert files.fetch(file_id).startswith(b"PK")
    assert how_many(StoredFile) == 2


def test_problems_and_logs_hold_no_clear_numbers(officer, city):
    rows = [roster_row(1, STREET, phone="1"), roster_row(2, STREET)]
    apply(check(officer, city.county_a, rows), ApplyMode.ONLY_CORRECT, officer)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "roster.apply")).one()
    assert (entry.actor_id, entry.org_id, entry.detail["rows_new"]) == (officer.person_id, city.county_a, 1)
    event = db.session.scalars(select(OutboxEvent).where(OutboxEvent.name == "people.roster_applied")).one()
    assert event.payload["created"] == 1
    for text in (str(entry.detail), str(event.payload)):
        assert not any(row["id_number"] in text or row["phone"] in text for row in rows[1:])


def test_headers_may_be_moved_renamed_or_unknown_and_a_title_may_stand_above(officer, city):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["2026 年武侯区社工名册"])
    sheet.merge_cells("A1:F1")
    sheet.append(["备注", "工作单位*", "身份证号码", "姓 名", "手机号（必填）", "任职日期"])
    sheet.append(["老员工", STREET, make_id_number(1), "李四", 13812345678, clock.today() - dt.timedelta(days=9)])
    content = io.BytesIO()
    book.save(content)
    roster = check(officer, city.county_a, content.getvalue())
    assert (counts(roster), roster.ignored_columns) == ((1, 0, 0, 0), ["备注"])


def test_a_roster_of_many_rows_with_gaps_is_read_whole(officer, city, monkeypatch):
    monkeypatch.setattr("lms.people.roster.check.BATCH", 7)
    rows = [roster_row(order, STREET) if order % 5 else {} for order in range(1, 61)]
    roster = check(officer, city.county_a, rows)
    assert (roster.rows_total, counts(roster)) == (48, (48, 0, 0, 0))
    assert counts(apply(roster, actor=officer)) == (48, 0, 0, 0)
