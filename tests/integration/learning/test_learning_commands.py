"""`lms courses`: what an operator types, what comes out, and the exit codes."""

from __future__ import annotations

import json
import zipfile

import pytest

from lms.kernel.errors import NotFound
from lms.learning.cli import courses_group
from lms.testing.factories.courses import package_files, write_package


@pytest.fixture
def run(app):
    runner = app.test_cli_runner()
    return lambda *args: runner.invoke(courses_group, [str(arg) for arg in args])


def test_new_check_import_export_and_back(run, city, tmp_path):
    folder = tmp_path / "my-course"
    assert run("new", folder).exit_code == 0
    assert run("new", folder).exit_code == 1
    assert run("check", folder).exit_code == 0
    assert "已导入" in run("import", folder, "--publish").output
    assert "没有变化" in run("import", folder, "--publish").output
    assert "* my-course 0.1 published" in run("list").output
    target = tmp_path / "out.zip"
    exported = run("export", "my-course", target)
    assert exported.exit_code == 0
    assert run("export", "my-course", target).exit_code == 1
    with zipfile.ZipFile(target) as packed:
        packed.extractall(tmp_path / "again")
    assert "没有变化" in run("import", tmp_path / "again" / "my-course").output
    assert run("export", "my-course", tmp_path / "x.zip", "--version", "9").exit_code == 1


def test_check_names_file_and_line_and_fails(run, tmp_path):
    files = {**package_files(), "lessons/01-part.md": "# 第 1 课\n\n![图](../media/none.svg)\n"}
    folder = write_package(tmp_path / "small-course", files)
    result = run("check", folder)
    assert result.exit_code == 1
    assert f"{folder}/lessons/01-part.md:3: 找不到“media/none.svg”。" in result.output


def test_import_of_a_faulty_package_fails_and_of_a_missing_folder_is_wrong_usage(run, city, tmp_path):
    folder = write_package(tmp_path / "small-course", {**package_files(), "notes.txt": "x"})
    assert run("import", folder).exit_code == 1
    assert run("import", tmp_path / "nowhere").exit_code == 2
    assert run("list").output == ""


def test_import_before_the_city_is_loaded_says_what_to_do_first(run, tmp_path):
    folder = write_package(tmp_path / "small-course", package_files())
    result = run("import", folder)
    assert isinstance(result.exception, NotFound)
    assert "lms orgs load" in str(result.exception)


def test_the_schema_is_published_as_json(run):
    assert json.loads(run("schema").output)["properties"]["format"]["const"] == 1
