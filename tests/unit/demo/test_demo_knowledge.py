"""The well-prepared candidate: right by the words on the paper, wrong now and then."""

from __future__ import annotations

from pathlib import Path

import pytest

from lms.demo.knowledge import MISTAKE_EVERY, Knowledge
from lms.demo.stage import PRIMER, read_packages
from lms.exams.drawing import draw, print_paper
from lms.exams.dto import Blueprint, KeyRow, Part
from lms.exams.rules import chosen
from lms.kernel.errors import NotFound
from lms.kernel.ids import new_id
from lms.learning.service import FaultyPackageError
from lms.questions.dto import MULTIPLE, SINGLE, DrawItem, FrozenItem
from lms.questions.kinds import CORE

COURSES = Path(__file__).parents[3] / "courses"


@pytest.fixture(scope="module")
def packages():
    return read_packages(COURSES)


def test_only_the_planned_mistakes_are_made_when_a_paper_is_drawn_and_shuffled(packages):
    [bank] = [bank for package in packages for bank in package.banks if bank.slug == "cdsgy-bank"]
    frozen = {
        item.ref: FrozenItem(
            new_id(), item.ref, item.kind, item.stem, item.options, item.key, item.explanation, item.points
        )
        for item in bank.items
    }
    by_version = {one.version_id: one for one in frozen.values()}
    pool = [DrawItem(one.version_id, one.kind, one.points, 2) for one in by_version.values()]
    blueprint = Blueprint((Part(SINGLE, 15, 2, ("6",)), Part(MULTIPLE, 5, 4, ("6",))))
    drawn = [(part, by_version[item.version_id]) for part, item in draw(blueprint, pool, "seed")]
    content, key = print_paper(blueprint, drawn, "seed", {})
    choices = Knowledge.of(packages).choices(content)
    wrong = [
        number
        for number, (choice, row) in enumerate(zip(choices, map(KeyRow.from_json, key), strict=True), 1)
        if CORE[row.kind].earned(row.key, chosen(choice)) != row.half_points
    ]
    assert wrong == [number for number in range(1, 21) if number % MISTAKE_EVERY == 0]


def test_every_check_of_the_primer_is_known_when_it_is_read(packages):
    [primer] = [package for package in packages if package.slug == PRIMER]
    known = Knowledge.of(packages)
    checks = [item for lesson in primer.lessons for item in lesson.checks]
    assert checks
    assert all(known.checks[item.ref] == item.key for item in checks)


def test_the_walk_needs_seconds_only_when_it_studies_the_primer(packages):
    [primer] = [package for package in packages if package.slug == PRIMER]
    assert [lesson.minimum_minutes for lesson in primer.lessons] == [0, 0, 0]


def test_a_folder_without_packages_is_named_when_they_are_read(tmp_path):
    with pytest.raises(NotFound, match=str(tmp_path)):
        read_packages(tmp_path)


def test_the_faults_are_told_when_a_package_is_broken(tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "course.yml").write_text("format: 2\n")
    with pytest.raises(FaultyPackageError):
        read_packages(tmp_path)
