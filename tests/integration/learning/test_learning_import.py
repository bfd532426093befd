from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from flask import current_app
from sqlalchemy import func, select

from lms.access.actors import actor_for
from lms.access.service import grant_role
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.models import Job, SearchEntry
from lms.learning import jobs, packages, queries, service
from lms.learning.models import Course, CourseRelease, Lesson, ReleaseFile, ReleaseStep
from lms.learning.packages import archive
from lms.questions.models import Bank, Item
from lms.testing.factories.access import make_officer
from lms.testing.factories.courses import import_files, package_files, write_package

COURSES = Path(__file__).parents[3] / "courses"


@pytest.mark.parametrize("name", sorted(path.name for path in COURSES.iterdir() if path.is_dir()))
def test_a_shipped_package_imports_whole_and_exports_to_the_same_digest(city, tmp_path, name):
    report = packages.check(COURSES / name)
    assert report.problems == ()
    release_id = service.import_package(SYSTEM, COURSES / name, org_id=city.city, publish=True)
    release = db.session.get_one(CourseRelease, release_id)
    assert db.session.scalar(select(func.count()).where(Lesson.release_id == release_id)) == len(report.package.lessons)
    assert db.session.scalar(select(func.count()).where(ReleaseFile.release_id == release_id)) == len(
        report.package.files
    )
    for bank in report.package.banks:
        bank_id = db.session.scalars(select(Bank.id).where(Bank.slug == bank.slug)).one()
        assert db.session.scalar(select(func.count()).where(Item.bank_id == bank_id)) == len(bank.items)
    root, folder_name = archive.unpack(queries.packed(release, name), tmp_path)
    assert packages.check(root, name=folder_name).package.digest == release.digest == report.package.digest


def test_the_same_content_twice_changes_nothing(city):
    first = import_files(package_files(), city.county_a)
    before = {
        table: db.session.scalar(select(func.count()).select_from(table)) for table in (Lesson, Item, ReleaseFile)
    }
    assert import_files(package_files(), city.county_a) == first
    after = {table: db.session.scalar(select(func.count()).select_from(table)) for table in before}
    assert after == before


def test_the_same_version_with_other_content_is_refused_and_changes_nothing(city):
    import_files(package_files(), city.county_a)
    with pytest.raises(Conflict) as refused:
        import_files(package_files(words={1: "悄悄改过。"}), city.county_a)
    assert refused.value.code == "version_taken"
    assert "版本号" in str(refused.value.todo)
    assert db.session.scalar(select(func.count()).select_from(CourseRelease)) == 1


def test_a_faulty_package_imports_nothing_and_names_every_problem(city):
    files = package_files()
    files["lessons/01-part.md"] = "# 别的\n\n![x](../media/no.svg)\n"
    with pytest.raises(service.FaultyPackageError) as refused:
        import_files(files, city.county_a)
    assert len(refused.value.problems) == 2
    assert "lessons/01-part.md:3" in str(refused.value.why)
    assert db.session.scalar(select(func.count()).select_from(Course)) == 0


def test_a_fault_in_the_questions_rolls_everything_back(city, monkeypatch):
    def fail(*_args, **_named):
        raise Invalid("no")

    monkeypatch.setattr("lms.questions.service.import_bank", fail)
    with pytest.raises(Invalid):
        import_files(package_files(), city.county_a)
    for table in (Course, CourseRelease, Lesson, ReleaseFile, SearchEntry):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0


def test_a_course_id_belongs_to_the_unit_that_came_first(city):
    import_files(package_files(), city.county_a)
    with pytest.raises(Conflict) as refused:
        import_files(package_files(version="2.0"), city.county_b)
    assert refused.value.code == "slug_taken"


def test_files_that_did_not_change_are_stored_once(city):
    import_files(package_files(), city.county_a)
    import_files(package_files(version="2.0"), city.county_a)
    pictures = select(ReleaseFile.file_id).where(ReleaseFile.path == "media/circle.svg")
    found = db.session.scalars(pictures).all()
    assert len(found) == 2
    assert len(set(found)) == 1


def test_only_who_may_edit_courses_there_imports(city, tmp_path):
    folder = write_package(tmp_path / "small-course", package_files())
    trainer = actor_for(make_officer("trainer", city.county_a))
    with pytest.raises(NotFound):
        service.import_package(trainer, folder, org_id=city.county_b)
    with pytest.raises(Forbidden):
        service.import_package(actor_for(make_officer("auditor", city.county_a)), folder, org_id=city.county_a)
    with pytest.raises(Forbidden):
        service.import_package(trainer, folder, org_id=city.county_a, publish=True)
    service.import_package(trainer, folder, org_id=city.county_a)


@pytest.fixture
def imported(city, tmp_path):
    """A release imported by a trainer, with the trainer and a reviewer."""
    trainer = actor_for(make_officer("trainer", city.county_a))
    reviewer = actor_for(make_officer("exam_officer", city.county_a))
    folder = write_package(tmp_path / "small-course", package_files())
    return service.import_package(trainer, folder, org_id=city.county_a), trainer, reviewer


def states(release_id):
    query = select(ReleaseStep.state).where(ReleaseStep.release_id == release_id)
    return list(db.session.scalars(query.order_by(ReleaseStep.position)))


def current(release_id):
    course = select(Course.current_release_id).join(CourseRelease, CourseRelease.course_id == Course.id)
    return db.session.scalar(course.where(CourseRelease.id == release_id))


def test_a_release_goes_from_import_over_review_to_publication(imported):
    release_id, trainer, reviewer = imported
    service.send_to(trainer, release_id, "in_review")
    assert current(release_id) is None
    service.send_to(reviewer, release_id, "published")
    assert current(release_id) == release_id
    service.send_to(reviewer, release_id, "withdrawn", note="内容过时")
    assert current(release_id) is None
    assert states(release_id) == ["imported", "in_review", "published", "withdrawn"]


def test_a_reviewer_returns_with_a_reason(imported):
    release_id, trainer, reviewer = imported
    service.send_to(trainer, release_id, "in_review")
    with pytest.raises(Invalid):
        service.send_to(reviewer, release_id, "returned", note="  ")
    service.send_to(reviewer, release_id, "returned", note="第一课缺依据")
    service.send_to(trainer, release_id, "in_review")
    assert states(release_id) == ["imported", "in_review", "returned", "in_review"]


def test_nobody_publishes_what_they_imported_or_sent_in(city, imported):
    release_id, trainer, reviewer = imported
    both = trainer.person_id
    grant_role(SYSTEM, person_id=both, role="exam_officer", org_id=city.county_a, reason="测试")
    trainer = actor_for(both)
    service.send_to(trainer, release_id, "in_review")
    with pytest.raises(Forbidden, match="自己导入或送审"):
        service.send_to(trainer, release_id, "published")
    service.send_to(reviewer, release_id, "published")


def test_steps_out_of_order_or_without_the_right_are_refused(city, imported):
    release_id, trainer, reviewer = imported
    with pytest.raises(Conflict):
        service.send_to(reviewer, release_id, "published")
    with pytest.raises(Invalid):
        service.send_to(reviewer, release_id, "imported")
    with pytest.raises(Forbidden):
        service.send_to(reviewer, release_id, "in_review")
    service.send_to(trainer, release_id, "in_review")
    with pytest.raises(Forbidden):
        service.send_to(trainer, release_id, "published")
    stranger = actor_for(make_officer("exam_officer", city.county_b))
    with pytest.raises(NotFound):
        service.send_to(stranger, release_id, "published")
    assert states(release_id) == ["imported", "in_review"]


def test_a_published_release_is_found_by_the_words_of_outline_and_lessons(city):
    import_files(package_files(words={2: "邻里调解要先听完双方的话。", 1: "入户**走访**记录"}), city.county_a)
    import_files(package_files("other-course", words={1: "垃圾分类宣传"}), city.county_a)
    import_files(package_files("draft-course", words={1: "邻里调解"}), city.county_a, publish=False)

    def found(words):
        return [card.slug for card in queries.catalogue(SYSTEM, words=words).rows]

    with current_app.test_request_context("/courses"):
        assert found("调解") == ["small-course"]
        assert found("邻里 双方") == ["small-course"]
        assert found("户走访记") == ["small-course"]
        assert found("圾") == ["other-course"]
        assert found("社区工作小课") == ["other-course", "small-course"]
        assert found("VISIT") == ["other-course", "small-course"]
        assert found("解调") == []
        assert found('\' OR "*" NEAR( \\') == []
        assert found("，。") == []
        [card] = queries.catalogue(SYSTEM, words="调解").rows
        [hit] = card.found
        assert hit.title["zh_CN"] == "第 2 课"
        assert [part.text for part in hit.fragments if part.hit] == ["调解"]


def zip_of(files, folder="small-course"):
    return archive.pack(folder, ((name, text.encode()) for name, text in files.items()))


def uploaded(actor, city, content):
    return service.upload(actor, content, "课程.zip", org_id=city.county_a)


def test_an_upload_is_checked_and_imported_by_a_job_once(app, city):
    trainer = actor_for(make_officer("trainer", city.county_a))
    job_id = uploaded(trainer, city, zip_of(package_files()))
    job = db.session.get_one(Job, job_id)
    result = jobs.import_upload(None, job.payload)
    assert (result["slug"], result["version"], result["unchanged"], result["items"]) == (
        "small-course",
        "1.0",
        False,
        1,
    )
    assert jobs.import_upload(None, job.payload)["unchanged"] is True
    release = db.session.get_one(CourseRelease, uuid.UUID(result["release"]))
    assert release.created_by == trainer.person_id
    assert states(release.id) == ["imported"]


def test_a_faulty_or_hostile_upload_is_reported_and_imports_nothing(app, city):
    trainer = actor_for(make_officer("trainer", city.county_a))
    faulty = {**package_files(), "lessons/01-part.md": "# 别的\n\n正文\n"}
    report = jobs.import_upload(None, db.session.get_one(Job, uploaded(trainer, city, zip_of(faulty))).payload)
    assert report["count"] == len(report["problems"]) >= 1
    assert report["problems"][0][:2] == ["lessons/01-part.md", 1]
    hostile = zip_of({"../evil.txt": "x"})
    report = jobs.import_upload(None, db.session.get_one(Job, uploaded(trainer, city, hostile)).payload)
    assert "不安全" in report["refused"]["what"]
    assert db.session.scalar(select(func.count()).select_from(Course)) == 0


def test_an_upload_that_is_no_archive_or_for_a_foreign_unit_is_refused_at_once(city):
    trainer = actor_for(make_officer("trainer", city.county_a))
    with pytest.raises(Invalid):
        service.upload(trainer, b"GIF89a", "a.zip", org_id=city.county_a)
    with pytest.raises(NotFound):
        service.upload(trainer, zip_of(package_files()), "a.zip", org_id=city.county_b)
    assert db.session.scalar(select(func.count()).select_from(Job)) == 0
