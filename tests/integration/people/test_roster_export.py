from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Forbidden, Invalid, NotFound
from lms.kernel.i18n import LOCALES, in_locale
from lms.kernel.models import AuditEntry
from lms.orgs.models import OrgKind, OrgUnit
from lms.people.dto import PeopleFilter
from lms.people.roster import export
from lms.people.roster.layout import COLUMNS
from lms.people.roster.template import template
from lms.testing.factories.access import make_officer
from lms.testing.factories.orgs import make_unit
from lms.testing.factories.people import make_id_number, make_person
from lms.testing.factories.rosters import apply, check, counts, problems, roster_row, run_jobs

STREET = "玉林街道"


@pytest.fixture
def officer(city):
    """The personnel officer of 武侯区."""
    return actor_for(make_officer("hr_officer", city.county_a))


def exported(actor, *, clear: bool = False, reason: str = "", **wanted) -> bytes:
    job_id = export.request_export(actor, PeopleFilter(**wanted), clear=clear, reason=reason)
    run_jobs()
    return export.exported_file(actor, job_id)[1]


def rows_of(content: bytes, sheet: str = "名册") -> list[tuple]:
    return list(openpyxl.load_workbook(io.BytesIO(content))[sheet].iter_rows(values_only=True))


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_exported_is_read_back_as_no_change_in_either_language(officer, city, locale):
    twin = make_unit(city.street_a, OrgKind.COMMUNITY, "同名社区")
    other = make_unit(make_unit(city.county_a, OrgKind.STREET, "另一街道"), OrgKind.COMMUNITY, "同名社区")
    codes = [db.session.get_one(OrgUnit, unit).code for unit in (twin, other)]
    rows = [
        roster_row(1, STREET, email="a@example.org", qualification="社会工作师", certificate_number="2024000001",
                   obtained_on="2024-06-15", registered_from="2024-09-01", registered_until="2027-08-31"),
        roster_row(2, codes[0], post=""),
        roster_row(3, codes[1], id_document="护照", id_number="E12345678", birth_date="1985-05-05", phone=""),
    ]  # fmt: skip
    assert counts(apply(check(officer, city.county_a, rows), actor=officer)) == (3, 0, 0, 0)
    with in_locale(locale):
        content = exported(officer, clear=True, reason="年度核对", text="李四")
    again = check(officer, city.county_a, content)
    assert (problems(again), counts(again), again.ignored_columns) == (set(), (0, 0, 3, 0), [])


def test_numbers_are_masked_without_the_right_or_without_asking(officer, city):
    apply(check(officer, city.county_a, [roster_row(1, STREET)]), actor=officer)
    [row] = [row for row in rows_of(exported(officer)) if row[0] == "李四一"]
    assert row[2] == roster_row(1, "")["id_number"][:4] + "**********" + roster_row(1, "")["id_number"][-4:]
    assert row[3] is None  # the birth date stands in the number
    assert row[4] == "139****0001"
    looker = actor_for(make_officer("exam_officer", city.county_a))
    assert any("*" in row[2] for row in rows_of(exported(looker))[1:])
    with pytest.raises(Forbidden):
        export.request_export(looker, PeopleFilter(), clear=True, reason="年度核对")


def test_clear_numbers_need_a_reason_that_is_audited(officer, city):
    with pytest.raises(Invalid):
        export.request_export(officer, PeopleFilter(), clear=True, reason=" ")
    exported(officer, clear=True, reason="年度核对", text="不在日志里的名字")
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "person.export")).one()
    assert (entry.actor_id, entry.detail["clear"], entry.detail["reason"]) == (officer.person_id, True, "年度核对")
    assert "名字" not in str(entry.detail)


def test_an_export_stops_at_the_officers_units_and_filter(officer, city):
    make_person("外区人", city.community_b)
    make_person("本区人", city.community_a)
    names = [row[0] for row in rows_of(exported(officer))[1:]]
    assert "本区人" in names
    assert "外区人" not in names
    assert [row[0] for row in rows_of(exported(officer, org_id=city.community_a))[1:]] == ["本区人"]


def test_nobody_fetches_anothers_export(officer, city):
    job_id = export.request_export(officer, PeopleFilter(), clear=False)
    colleague = actor_for(make_officer("hr_officer", city.county_a))
    with pytest.raises(NotFound):
        export.exported_file(officer, job_id)  # not written yet
    run_jobs()
    assert export.exported_file(officer, job_id)[1].startswith(b"PK")
    with pytest.raises(NotFound):
        export.exported_file(colleague, job_id)


def test_many_people_are_exported_in_batches_in_the_lists_order(officer, city, monkeypatch):
    monkeypatch.setattr(export, "BATCH", 2)
    for order in range(5):
        make_person(f"员工{'甲乙丙丁戊'[order]}", city.community_a)
    names = [row[0] for row in rows_of(exported(officer, text="员工"))[1:]]
    assert len(names) == len(set(names)) == 5


def test_a_name_that_begins_like_a_formula_leaves_as_text(officer, city):
    make_person("=1+1", city.community_a, id_number=make_id_number(77, dt.date(1977, 7, 7)))
    book = openpyxl.load_workbook(io.BytesIO(exported(officer, org_id=city.community_a)))
    cell = book.active["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)


def test_the_template_has_instructions_lists_and_the_officers_units(officer, city):
    content = template(officer)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert [cell.value for cell in book["名册"][1]] == [column.chinese for column in COLUMNS]
    assert len(book["名册"].data_validations.dataValidation) >= 2
    assert {column.chinese for column in COLUMNS} <= {row[0] for row in rows_of(content, "填写说明")}
    units = {row[1] for row in rows_of(content, "单位")}
    assert "武侯区/玉林街道/玉林东路社区" in units
    assert not any("青羊区" in unit for unit in units)
    assert check(SYSTEM, city.county_a, content).failure["code"] == "no_rows"


def test_the_template_is_in_the_language_of_the_page_and_can_be_filled_in(officer, city):
    with in_locale("en"):
        content = template(officer)
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Roster"]
    headers = [cell.value for cell in sheet[1]]
    assert headers[:3] == ["Name", "Identity document", "Identity number"]
    choices = [one.formula1 for one in sheet.data_validations.dataValidation if "Passport" in str(one.formula1)]
    assert choices
    values = roster_row(1, STREET, id_document=choices[0].strip('"').split(",")[0], qualification="Social worker",
                        certificate_number="2024000001", obtained_on="2024-06-15")  # fmt: skip
    for place, column in enumerate(COLUMNS, 1):
        sheet.cell(2, place, values.get(column.key, ""))
    filled = io.BytesIO()
    sheet.parent.save(filled)
    found = check(officer, city.county_a, filled.getvalue())
    assert (problems(found), counts(found)) == (set(), (1, 0, 0, 0))
