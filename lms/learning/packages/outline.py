"""What `course.yml` must keep to beyond its schema: the syllabus, the files it names, the minutes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from lms.kernel.i18n import gettext as _
from lms.learning.packages.folder import MANIFEST
from lms.learning.packages.yamldoc import YamlDocument
from lms.questions.dto import Problem

CLASS_HOUR = 45
"""Minutes of a class hour (学时), the usual convention (domain.md 2)."""


def problems(document: YamlDocument, folder_name: str) -> Iterator[Problem]:
    """Every fault of the outline. `folder_name` is empty where the package has no folder of its own."""
    slug = document.data["id"]
    if folder_name and slug != folder_name:
        yield _at(document, _("课程标识“%(id)s”与文件夹名“%(name)s”不同。", id=slug, name=folder_name), "id")
    yield from _syllabus(document)
    yield from _named_twice(document)
    yield from _minutes(document)
    yield from _lesson_points(document)


def lessons(document: YamlDocument) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any], dict[str, Any]]]:
    """Every lesson with its place in the document and its module."""
    for number, module in enumerate(document.data["modules"]):
        for index, lesson in enumerate(module["lessons"]):
            yield ("modules", number, "lessons", index), module, lesson


def leaf_points(document: YamlDocument) -> frozenset[str]:
    """Codes of the points that have none below them."""
    codes = [point["code"] for point in document.data["syllabus"]["points"]]
    return frozenset(code for code in codes if not any(other.startswith(code + ".") for other in codes))


def named_files(document: YamlDocument) -> Iterator[str]:
    """Every file `course.yml` names."""
    for _place, _module, lesson in lessons(document):
        yield lesson["file"]
        if "check" in lesson:
            yield lesson["check"]
    for bank in document.data["banks"]:
        yield from bank["files"]


def _at(document: YamlDocument, message: str, *place: str | int) -> Problem:
    return Problem(MANIFEST, document.line(*place), message)


def _syllabus(document: YamlDocument) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, point in enumerate(document.data["syllabus"]["points"]):
        code = point["code"]
        above = code.rpartition(".")[0]
        place = ("syllabus", "points", index)
        if code in seen:
            yield _at(document, _("要点“%(code)s”写了两次。", code=code), *place)
        if above and above not in seen:
            yield _at(document, _("要点“%(code)s”之前没有上一级要点“%(above)s”。", code=code, above=above), *place)
        seen.add(code)


def _named_twice(document: YamlDocument) -> Iterator[Problem]:
    for path, count in Counter(named_files(document)).items():
        if count > 1:
            yield _at(
                document, _("文件“%(path)s”被引用了 %(count)d 次，只能引用一次。", path=path, count=count), "modules"
            )
    for slug, count in Counter(bank["id"] for bank in document.data["banks"]).items():
        if count > 1:
            yield _at(document, _("题库标识“%(slug)s”用了 %(count)d 次。", slug=slug, count=count), "banks")


def _minutes(document: YamlDocument) -> Iterator[Problem]:
    planned = 0
    for place, _module, lesson in lessons(document):
        planned += lesson["minutes"]
        if lesson["minimum_minutes"] > lesson["minutes"]:
            yield _at(document, _("最少学习时间超过了计划时间。"), *place, "minimum_minutes")
    granted = document.data["credit_minutes"]
    if granted and abs(granted - planned) >= CLASS_HOUR:
        message = _(
            "记入 %(granted)d 分钟，各课计划时间合计 %(planned)d 分钟，相差应小于 45 分钟。",
            granted=granted,
            planned=planned,
        )
        yield _at(document, message, "credit_minutes")


def _lesson_points(document: YamlDocument) -> Iterator[Problem]:
    known, leaves = {point["code"] for point in document.data["syllabus"]["points"]}, leaf_points(document)
    for place, _module, lesson in lessons(document):
        for index, code in enumerate(lesson["points"]):
            if code not in leaves:
                yield _at(document, point_fault(code, known), *place, "points", index)


def point_fault(code: str, known: set[str]) -> str:
    """Why a point may not be named."""
    if code in known:
        return _("要点“%(code)s”还有下一级，请写最末一级的要点。", code=code)
    return _("大纲里没有要点“%(code)s”。", code=code)
