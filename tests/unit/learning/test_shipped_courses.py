"""What the shipped packages have to hold beyond being sound, which `lms courses check` sees to."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from lms.learning import packages

COURSES = Path(__file__).parents[3] / "courses"
PREPARATION, COMMUNITY, SUPERVISOR, MANAGEMENT = NAMES = (
    "junior-exam-prep",
    "chengdu-social-worker",
    "supervisor-foundation",
    "senior-management",
)
HAN = re.compile(r"[\u3400-\u9fff]")
CITED = re.compile(r"《[^》]+》|MZ/T \d+")


@pytest.fixture(scope="module", params=NAMES)
def package(request):
    report = packages.check(COURSES / request.param)
    assert report.package is not None, report.problems
    return report.package


def test_a_course_has_six_lessons_of_a_sitting_each_that_cite_what_they_rest_on(package):
    assert len(package.lessons) >= 6
    lengths = {lesson.slug: len(HAN.findall(lesson.source)) for lesson in package.lessons}
    assert {slug: length for slug, length in lengths.items() if not 600 <= length <= 1200} == {}
    assert [lesson.slug for lesson in package.lessons if len(CITED.findall(lesson.source)) < 2] == []
    assert package.manifest["sources"]


def test_every_item_is_explained_and_tagged_by_a_point_of_the_syllabus(package):
    points = {point["code"] for point in package.manifest["syllabus"]["points"]}
    items = [item for bank in package.banks for item in bank.items]
    assert [item.ref for item in items if len(HAN.findall(item.explanation)) < 20] == []
    assert [item.ref for item in items if not item.points or not set(item.points) <= points] == []


@pytest.mark.parametrize("name", [COMMUNITY, PREPARATION])
def test_the_examination_banks_are_large_and_their_keys_follow_no_pattern(name):
    package = packages.check(COURSES / name).package
    items = [item for bank in package.banks for item in bank.items]
    assert len(items) >= 160
    assert len({item.stem for item in items}) == len(items)
    keys = Counter(item.key[0] for item in items if item.kind == "single")
    assert max(keys.values()) < 0.35 * sum(keys.values())
    assert min(keys[option] for option in range(4)) > 0.15 * sum(keys.values())


def test_the_preparation_is_free_and_names_the_version_of_the_national_syllabus():
    package = packages.check(COURSES / PREPARATION).package
    assert package.manifest["open_to_public"]
    syllabus = package.manifest["syllabus"]
    assert syllabus["version"] in syllabus["id"]
    items = [item for bank in package.banks for item in bank.items]
    assert {item.tags["syllabus"] for item in items} == {syllabus["id"]}
    assert {item.tags["subject"] for item in items} == {"zonghe", "shiwu"}
