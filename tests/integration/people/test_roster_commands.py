from __future__ import annotations

import openpyxl
import pytest
from sqlalchemy import func, select

from lms.kernel.db import db
from lms.orgs.models import OrgUnit
from lms.people.models import Person
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.rosters import make_roster, roster_row


@pytest.fixture
def run(real_app):
    """Run an `lms people` command on an application that commits for real."""
    runner = real_app.test_cli_runner()
    return lambda *given: runner.invoke(args=["people", *map(str, given)])


@pytest.fixture
def county(real_app) -> str:
    """The management code of 武侯区 in a fresh city."""
    with real_app.app_context():
        code = db.session.scalar(select(OrgUnit.code).where(OrgUnit.id == make_small_city().county_a))
        db.session.remove()
        return str(code)


def people(app) -> int:
    with app.app_context():
        count = db.session.scalar(select(func.count()).select_from(Person))
        db.session.remove()
        return count


def roster(folder, *rows):
    path = folder / "名册.xlsx"
    path.write_bytes(make_roster(rows))
    return path


def test_a_roster_is_checked_applied_exported_and_no_change_when_read_back(real_app, run, county, tmp_path):
    file = roster(tmp_path, roster_row(1, "玉林街道"), roster_row(2, "玉林街道"))
    checked = run("import", file, "--org", county)
    assert checked.exit_code == 0, checked.output
    assert "2 rows: 2 new, 0 changed, 0 unchanged, 0 faulty" in checked.output
    assert people(real_app) == 0
    assert run("import", file, "--org", county, "--apply").exit_code == 0
    assert people(real_app) == 2
    exported = tmp_path / "out.xlsx"
    assert run("export", "--org", county, "--to", exported, "--clear", "--reason", "年度核对").exit_code == 0
    assert "0 new, 0 changed, 2 unchanged" in run("import", exported, "--org", county, "--apply").output


def test_faults_are_told_by_row_and_the_exit_code_says_so(real_app, run, county, tmp_path):
    file, marked = (
        roster(tmp_path, roster_row(1, "玉林街道"), roster_row(2, "玉林街道", phone="1")),
        tmp_path / "m.xlsx",
    )
    result = run("import", file, "--org", county, "--marked", marked)
    assert result.exit_code == 1
    assert "row 3, 手机号码: 应为 11 位手机号码" in result.output
    assert openpyxl.load_workbook(marked).active["E3"].value == "1"
    refused = run("import", file, "--org", county, "--apply")
    assert refused.exit_code == 1
    assert people(real_app) == 0
    assert run("import", file, "--org", county, "--only-correct").exit_code == 1  # one row was left out
    assert people(real_app) == 1


def test_wrong_arguments_are_refused_without_a_traceback(run, county, tmp_path):
    broken = tmp_path / "a.xlsx"
    broken.write_bytes(b"junk")
    for given in (
        ("import", broken, "--org", county),
        ("import", roster(tmp_path, roster_row(1, "玉林街道")), "--org", "no-such-unit"),
        ("export", "--org", county, "--to", tmp_path / "x.xlsx", "--clear"),
    ):
        result = run(*given)
        assert result.exit_code == 1, given
    assert run("import", tmp_path / "absent.xlsx", "--org", county).exit_code == 2


def test_the_template_is_written(run, county, tmp_path):
    target = tmp_path / "t.xlsx"
    assert run("template", "--to", target).exit_code == 0
    assert openpyxl.load_workbook(target).sheetnames == ["名册", "填写说明", "单位"]
