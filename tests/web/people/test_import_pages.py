from __future__ import annotations

import io
import uuid

import openpyxl
import pytest
from sqlalchemy import select, update

from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.models import Job
from lms.kernel.uow import unit_of_work
from lms.people.models import ImportState, Person, RosterImport
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.rosters import make_roster, reload, roster_row, run_jobs

STREET = "玉林街道"


@pytest.fixture
def desk(client, city):
    """A client signed in as the personnel officer of 武侯区."""
    sign_in(client, make_officer("hr_officer", city.county_a, "周岚"))
    return client


def upload(client, org_id: uuid.UUID, content: bytes, name: str = "名册.xlsx"):
    data = {"file": (io.BytesIO(content), name), "org_id": org_id.hex}
    return client.post("/desk/imports", data=data, content_type="multipart/form-data")


def test_a_roster_goes_from_upload_to_people(desk, city):
    sent = upload(desk, city.county_a, make_roster([roster_row(1, STREET), roster_row(2, STREET)]))
    assert sent.status_code == 303
    waiting = desk.get(sent.location).text
    assert "检查中" in waiting
    assert "hx-get" in waiting  # live progress; the officer may leave and come back
    run_jobs()
    checked = desk.get(sent.location).text
    assert "全部写入（2 行）" in checked
    assert db.session.scalars(select(Person).where(Person.name == "李四一")).all() == []
    applied = desk.post(f"{sent.location}/apply", data={"mode": "all"})
    assert applied.location == sent.location
    run_jobs()
    assert "写入完成" in desk.get(sent.location).text
    assert "李四一" in desk.get("/desk/people?text=李四").text
    assert "已写入" in desk.get("/desk/imports").text
    assert desk.post(f"{sent.location}/apply", data={"mode": "all"}).status_code == 409  # back button, second click


def test_problems_are_listed_filtered_and_marked(desk, city):
    rows = [roster_row(order, STREET, phone="1") for order in range(1, 31)] + [roster_row(31, "没有的单位")]
    sent = upload(desk, city.county_a, make_roster(rows)).location
    run_jobs()
    page = desk.get(sent).text
    assert "有 31 行有问题" in page
    assert "第 1–20 条，共 31 条" in page
    assert "应为 11 位手机号码（30）" in page
    narrowed = desk.get(f"{sent}?which=unit.unit_unknown").text
    assert "找不到单位“没有的单位”" in narrowed
    assert "共 1 条" in narrowed
    assert desk.get(f"{sent}?which=nonsense&page=7").status_code == 200
    marked = desk.get(f"{sent}/marked.xlsx")
    assert openpyxl.load_workbook(io.BytesIO(marked.data)).active["E2"].value == "1"
    assert desk.post(f"{sent}/apply", data={"mode": "all"}).status_code == 409
    assert "只写入没有问题的" not in page  # there are none


def test_only_the_correct_rows_are_written_when_chosen(desk, city):
    sent = upload(desk, city.county_a, make_roster([roster_row(1, STREET), roster_row(2, "无")])).location
    run_jobs()
    assert "只写入没有问题的 1 行" in desk.get(sent).text
    desk.post(f"{sent}/apply", data={"mode": "only_correct"})
    run_jobs()
    assert db.session.scalars(select(Person.name).where(Person.name.startswith("李四"))).all() == ["李四一"]
    assert desk.get(f"{sent}/marked.xlsx").status_code == 200  # stays


@pytest.mark.parametrize(
    ("name", "content"), [("a.xlsx", b"text"), ("a.csv", b"a,b"), ("a.xlsx", b""), ("a.xls", b"\xd0\xcf\x11\xe0" * 200)]
)
def test_what_is_no_workbook_is_refused_on_the_form(desk, city, name, content):
    answer = upload(desk, city.county_a, content, name)
    assert answer.status_code == 422
    assert "Excel (.xlsx)" in answer.text
    assert db.session.scalars(select(RosterImport)).all() == []


def test_a_form_without_a_file_or_for_another_county_is_refused(desk, city):
    assert desk.post("/desk/imports", data={"org_id": city.county_a.hex}).status_code == 422
    assert upload(desk, city.county_b, make_roster([roster_row(1, STREET)])).status_code == 422
    assert db.session.scalars(select(RosterImport)).all() == []


def test_a_file_that_is_no_roster_says_so(desk, city):
    book = openpyxl.Workbook()
    book.active.append(["名称", "数量"])
    target = io.BytesIO()
    book.save(target)
    sent = upload(desk, city.county_a, target.getvalue()).location
    run_jobs()
    page = desk.get(sent).text
    assert "没有找到表头" in page
    assert "重新上传" in page
    assert desk.get(f"{sent}/marked.xlsx").status_code == 404


def test_an_import_is_cancelled(desk, city):
    sent = upload(desk, city.county_a, make_roster([roster_row(1, STREET)])).location
    assert desk.post(f"{sent}/cancel").location == sent
    run_jobs()
    assert "没有写入任何数据" in desk.get(sent).text
    assert db.session.scalars(select(RosterImport.state)).all() == [ImportState.CANCELLED]
    assert desk.post(f"{sent}/again").status_code == 409


def test_a_check_whose_job_failed_can_be_tried_again(desk, city, monkeypatch):
    sent = upload(desk, city.county_a, make_roster([roster_row(1, STREET)])).location
    import_id = uuid.UUID(sent.rsplit("/", 1)[1])
    with monkeypatch.context() as broken:
        broken.setattr("lms.people.roster.files.fetch", lambda _id: 1 / 0)
        fail_all_attempts(import_id)
    assert "再试一次" in desk.get(sent).text
    assert desk.post(f"{sent}/again").location == sent
    run_jobs()
    assert reload(import_id).state is ImportState.CHECKED


def fail_all_attempts(import_id: uuid.UUID) -> None:
    """Let the check's job fail for good."""
    with unit_of_work(SYSTEM) as uow:
        uow.change(update(Job).where(Job.id == reload(import_id).job_id).values(max_attempts=1))
    run_jobs()


def test_another_countys_import_is_not_found_on_any_address(desk, client, city):
    sent = upload(desk, city.county_a, make_roster([roster_row(1, STREET)])).location
    run_jobs()
    sign_in(client, make_officer("hr_officer", city.county_b))
    assert client.get(sent).status_code == 404
    assert client.get(f"{sent}/marked.xlsx").status_code == 404
    for act in ("apply", "cancel", "again"):
        assert client.post(f"{sent}/{act}", data={"mode": "all"}).status_code == 404
    assert "名册.xlsx" not in client.get("/desk/imports").text


def test_the_template_is_downloaded(desk, city):
    answer = desk.get("/desk/imports/template.xlsx")
    assert answer.data.startswith(b"PK")
    assert "%E5%90%8D%E5%86%8C" in answer.headers["Content-Disposition"]
