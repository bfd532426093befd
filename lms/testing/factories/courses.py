"""Small course packages and published courses for tests."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import select

from lms.access.actors import actor_for
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.learning import service, tabs
from lms.learning.models import Enrolment, Lesson

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><title>圆</title><circle r="4"/></svg>'


def package_files(
    slug: str = "small-course",
    version: str = "1.0",
    *,
    lessons: int = 2,
    minimum_minutes: int = 1,
    open_to_public: bool = False,
    title: str = "社区工作小课",
    words: Mapping[int, str] | None = None,
) -> dict[str, str]:
    """The files of a sound package by path; each lesson has 45 minutes and one check whose right option is the second.

    `words` replaces the text of single lessons, counted from 1.
    """
    entries = "".join(_lesson_entry(number, minimum_minutes) for number in range(1, lessons + 1))
    files = {
        "course.yml": _COURSE.format(
            slug=slug,
            version=version,
            title=title,
            public=str(open_to_public).lower(),
            credit=45 * lessons,
            lessons=entries,
        ),
        "bank/part-1.gift": _item(f"{slug}-b1", "题库第一题"),
        "media/circle.svg": PICTURE,
    }
    for number in range(1, lessons + 1):
        text = (words or {}).get(number, f"第 {number} 课的正文，讲入户走访的第 {number} 件事。")
        files[f"lessons/{number:02d}-part.md"] = f"# 第 {number} 课\n\n{text}\n\n![一个圆](../media/circle.svg)\n"
        files[f"checks/{number:02d}.gift"] = _item(f"{slug}-c{number:02d}-1", f"第 {number} 课的随堂题")
    return files


def write_package(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files into a folder and return it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def import_files(files: Mapping[str, str | bytes], org_id: uuid.UUID, *, publish: bool = True) -> uuid.UUID:
    """Import a package given as files; the release's id."""
    slug = str(files["course.yml"]).partition("id: ")[2].partition("\n")[0]
    with tempfile.TemporaryDirectory() as scratch:
        folder = write_package(Path(scratch) / slug, files)
        return service.import_package(SYSTEM, folder, org_id=org_id, publish=publish)


def make_course(org_id: uuid.UUID, slug: str = "small-course", *, lessons: int = 2, minimum_minutes: int = 1) -> str:
    """A published course; returns its slug."""
    import_files(package_files(slug, lessons=lessons, minimum_minutes=minimum_minutes), org_id)
    return slug


def study(person_id: uuid.UUID, slug: str = "small-course") -> uuid.UUID:
    """Enrol a person and let them complete a course whose lessons ask for no least time; the enrolment's id."""
    actor = actor_for(person_id)
    enrolment_id = service.enrol(actor, slug)
    release_id = db.session.get_one(Enrolment, enrolment_id).release_id
    for lesson in db.session.scalars(select(Lesson).where(Lesson.release_id == release_id)).all():
        service.beat(actor, tabs.open_tab(person_id, enrolment_id, lesson.id), [], read_to_end=True)
        for check in lesson.checks:
            service.answer(actor, enrolment_id, lesson.slug, check["ref"], check["key"])
    return enrolment_id


def _lesson_entry(number: int, minimum_minutes: int) -> str:
    return f"""\
      - file: lessons/{number:02d}-part.md
        title: {{zh_CN: 第 {number} 课, en: Lesson {number}}}
        minutes: 45
        minimum_minutes: {minimum_minutes}
        points: ["1.1"]
        check: checks/{number:02d}.gift
"""


def _item(ref: str, stem: str) -> str:
    return f"""\
// [id:{ref}] [tag:point:1.1] [tag:difficulty:1]
::{ref}::{stem}（　　）{{
~第一个选项
=第二个选项
~第三个选项
~第四个选项
####解析：第二个选项符合课文。
}}
"""


_COURSE = """\
format: 1
id: {slug}
version: "{version}"
title: {{zh_CN: {title}, en: A small course}}
summary: {{zh_CN: 学完能做一次走访, en: You can make one visit}}
audience: {{zh_CN: 社区工作者, en: Community workers}}
category: professional
tier: foundation
open_to_public: {public}
credit_minutes: {credit}
syllabus:
  id: {slug}-syllabus
  title: {{zh_CN: 小纲, en: Small syllabus}}
  version: "1"
  illustrative: true
  points:
    - {{code: "1", title: {{zh_CN: 基础, en: Basics}}}}
    - {{code: "1.1", title: {{zh_CN: 走访, en: Visits}}}}
modules:
  - title: {{zh_CN: 第一单元, en: Module one}}
    lessons:
{lessons}banks:
  - id: {slug}-bank
    title: {{zh_CN: 小题库, en: Small bank}}
    files: [bank/part-1.gift]
completion: {{lessons: all, checks: all}}
sources:
  - {{title: 一份文件, issuer: 一个机关, date: "2026"}}
"""
