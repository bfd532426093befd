"""Importing a package: one immutable release with its lessons, files, questions and search entries, or nothing."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import select

from lms.access import policy
from lms.kernel import clock, search
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.errors import Conflict, Forbidden, Invalid
from lms.kernel.i18n import current_locale
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.jobs import queue
from lms.kernel.models import StoredFile
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.learning import markdown, packages, rules
from lms.learning.dto import CheckedLesson, CheckedPackage, Imported
from lms.learning.models import Course, CourseRelease, Lesson, ReleaseFile, ReleaseStep
from lms.learning.service import releases
from lms.questions import service as questions
from lms.questions.dto import Problem

ROOM = "learning"


class FaultyPackageError(Invalid):
    """A package that did not pass the check; `problems` says why, by file and line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(
            _("课程包有 %(count)d 处问题，没有导入。", count=len(problems)),
            why="\n".join(str(problem) for problem in problems[:20]),
            todo=_("请按提示逐处修改后再导入。"),
            code="faulty_package",
        )
        self.problems = tuple(problems)


def import_package(actor: Actor, folder: Path, *, org_id: uuid.UUID, publish: bool = False) -> uuid.UUID:
    """Check a folder and import it; the release's id. Raises `FaultyPackageError` with every problem."""
    report = packages.check(folder)
    if report.package is None:
        raise FaultyPackageError(report.problems)
    return import_checked(actor, report.package, org_id=org_id, publish=publish).release_id


def import_checked(actor: Actor, package: CheckedPackage, *, org_id: uuid.UUID, publish: bool = False) -> Imported:
    """Make a release of a checked package. The same content a second time changes nothing.

    Raises `Conflict` when the version exists with other content, or the course belongs to another unit. `publish` is
    the operator's short way and needs no second person.
    """
    if publish and actor is not SYSTEM:
        raise Forbidden(_("导入和发布不能由同一人完成。"), todo=_("请导入后送审，由另一位有发布权限的同事发布。"))
    with unit_of_work(actor) as uow:
        policy.require(actor, "course:edit", org_id)
        course = _course(uow, package.slug, org_id)
        known = uow.session.scalars(
            select(CourseRelease).where(CourseRelease.course_id == course.id, CourseRelease.version == package.version)
        ).first()
        if known is not None and known.digest != package.digest:
            raise _version_taken(package)
        release_id = known.id if known is not None else _new_release(uow, course, package)
        if publish:
            releases.advance(actor, release_id)
    return Imported(release_id, package.slug, package.version, unchanged=known is not None)


def upload(actor: Actor, content: bytes, file_name: str, *, org_id: uuid.UUID) -> uuid.UUID:
    """Take in a zipped package and queue its import; the job's id. What is inside is checked by the job."""
    if not content.startswith(b"PK\x03\x04"):
        raise Invalid(
            _("这不是 ZIP 压缩包。"),
            todo=_("请把课程包文件夹压缩成 ZIP 文件再上传。"),
            fields={"file": _("请选择 ZIP 文件")},
        )
    with unit_of_work(actor) as uow:
        policy.require(actor, "course:edit", org_id)
        stored = kernel().files.put(uow, room=ROOM, name=file_name[:200], media_type="application/zip", content=content)
        uow.session.flush()
        payload = {
            "file": stored.id.hex,
            "org": org_id.hex,
            "by": actor.person_id.hex if actor.person_id else "",
            "name": stored.name,
            "locale": current_locale(),
        }
        uow.audit("course.upload", "stored_file", stored.id, org_id=org_id, name=stored.name, sha256=stored.sha256)
        return queue.enqueue(uow, rules.IMPORT_JOB, payload)


def media_address(release_id: uuid.UUID, path: str) -> str:
    """The address of a package's media file, as written into its lessons."""
    return f"/learn/media/{release_id}/{path.removeprefix('media/')}"


def _version_taken(package: CheckedPackage) -> Conflict:
    return Conflict(
        _(
            "课程“%(slug)s”的版本 %(version)s 已经存在，内容不同，没有导入。",
            slug=package.slug,
            version=package.version,
        ),
        why=_("已导入的版本不会改变，正在学的人和已有的成绩都以它为准。"),
        todo=_("请在 course.yml 里换一个新的版本号再导入。"),
        code="version_taken",
    )


def _course(uow: UnitOfWork, slug: str, org_id: uuid.UUID) -> Course:
    """The course, made on first import and locked, so that two imports of it wait for each other."""
    insert_new(uow.session, Course, id=new_id(), slug=slug, org_id=org_id, created_at=clock.now())
    course = uow.session.scalars(select(Course).where(Course.slug == slug).with_for_update()).one()
    if course.org_id != org_id:
        raise Conflict(
            _("课程标识“%(slug)s”属于另一个单位。", slug=slug),
            todo=_("请换一个课程标识，或由原单位导入。"),
            code="slug_taken",
        )
    return course


def _new_release(uow: UnitOfWork, course: Course, package: CheckedPackage) -> uuid.UUID:
    manifest = package.manifest
    release = CourseRelease(
        id=new_id(),
        course_id=course.id,
        version=package.version,
        digest=package.digest,
        title=manifest["title"],
        summary=manifest["summary"],
        category=manifest["category"],
        tier=manifest["tier"],
        open_to_public=manifest["open_to_public"],
        credit_minutes=manifest["credit_minutes"],
        manifest=manifest,
        created_by=uow.actor.person_id,
        created_at=clock.now(),
    )
    uow.session.add(release)
    uow.session.flush()
    _add_step(uow, release.id)
    _store_files(uow, release.id, package)
    for position, lesson in enumerate(package.lessons, 1):
        _add_lesson(uow, release.id, position, lesson, package)
    search.add(uow.session, kind="course", subject=release.id, content=_outline_text(manifest))
    _import_questions(uow, course, package)
    uow.audit(
        "course.import", "course", course.id, org_id=course.org_id,
        slug=course.slug, version=release.version, digest=release.digest,
    )  # fmt: skip
    return release.id


def _add_step(uow: UnitOfWork, release_id: uuid.UUID) -> None:
    uow.session.add(
        ReleaseStep(
            id=new_id(),
            release_id=release_id,
            position=1,
            state=rules.IMPORTED,
            by=uow.actor.person_id,
            at=clock.now(),
        )
    )


def _store_files(uow: UnitOfWork, release_id: uuid.UUID, package: CheckedPackage) -> None:
    """Store every file once: a video that did not change is shared with earlier releases."""
    wanted = {file.sha256 for file in package.files.values()}
    known = select(StoredFile.sha256, StoredFile.id).where(StoredFile.room == ROOM, StoredFile.sha256.in_(wanted))
    stored = dict(uow.session.execute(known).all())
    for path, file in package.files.items():
        if file.sha256 not in stored:
            content = (package.folder / path).read_bytes()
            if hashlib.sha256(content).hexdigest() != file.sha256:
                raise Conflict(_("导入时文件“%(path)s”被改动了，没有导入。", path=path), todo=_("请重新导入。"))
            row = kernel().files.put(uow, room=ROOM, name=path, media_type=file.media_type, content=content)
            stored[file.sha256] = row.id
    uow.session.flush()
    uow.session.add_all(
        ReleaseFile(release_id=release_id, path=path, file_id=stored[file.sha256])
        for path, file in package.files.items()
    )


def _add_lesson(
    uow: UnitOfWork, release_id: uuid.UUID, position: int, lesson: CheckedLesson, package: CheckedPackage
) -> None:
    html = markdown.render(
        markdown.body_of(lesson.source),
        media_url=lambda path: media_address(release_id, path),
        captions=[path for path in package.files if path.endswith(".vtt")],
    )
    checks = [_stored_check(asdict(item)) for item in lesson.checks]
    row = Lesson(
        id=new_id(),
        release_id=release_id,
        position=position,
        slug=lesson.slug,
        module_title=lesson.module_title,
        title=lesson.title,
        html=html,
        digest=_lesson_digest(lesson, checks, package),
        minutes=lesson.minutes,
        minimum_minutes=lesson.minimum_minutes,
        points=list(lesson.points),
        checks=checks,
    )
    uow.session.add(row)
    uow.session.flush()
    text = f"{' '.join(lesson.title.values())} {markdown.plain_text(html)}"
    search.add(uow.session, kind="lesson", subject=row.id, content=text)


def _stored_check(item: Mapping[str, Any]) -> dict[str, Any]:
    wanted = ("ref", "kind", "stem", "options", "key", "explanation")
    return {name: list(item[name]) if isinstance(item[name], tuple) else item[name] for name in wanted}


def _lesson_digest(lesson: CheckedLesson, checks: list[dict[str, Any]], package: CheckedPackage) -> str:
    """SHA-256 over what a learner reads, sees and is asked: equal where nothing of it changed."""
    media = [package.files[path].sha256 for path in lesson.media]
    content = json.dumps([lesson.source, media, checks], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _outline_text(manifest: Mapping[str, Any]) -> str:
    texts = [manifest["title"], manifest["summary"], manifest["audience"]]
    texts += [module["title"] for module in manifest["modules"]]
    return " ".join(value for text in texts for value in text.values())


def _import_questions(uow: UnitOfWork, course: Course, package: CheckedPackage) -> None:
    if not package.banks:
        return
    syllabus_id = questions.import_syllabus(uow.actor, package.manifest["syllabus"])
    for bank in package.banks:
        questions.import_bank(
            uow.actor,
            slug=bank.slug,
            title=bank.title,
            org_id=course.org_id,
            syllabus_id=syllabus_id,
            course_slug=course.slug,
            items=bank.items,
        )
