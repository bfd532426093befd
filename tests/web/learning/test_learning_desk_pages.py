"""The trainer's desk: upload, report, review, publication, preview, figures and export."""

from __future__ import annotations

import io
import uuid

import openpyxl
import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.kernel.db import db
from lms.kernel.models import Job
from lms.learning import jobs, packages, service
from lms.learning.models import Course, CourseRelease
from lms.learning.packages import archive
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.courses import import_files, make_course, package_files
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries


@pytest.fixture
def trainer(client, city):
    person_id = make_officer("trainer", city.county_a)
    sign_in(client, person_id)
    return person_id


@pytest.fixture
def reviewer(another, city):
    other = another()
    sign_in(other, make_officer("exam_officer", city.county_a))
    return other


def text_of(response):
    return response.get_data(as_text=True)


def zipped(files):
    return archive.pack("small-course", ((name, text.encode()) for name, text in files.items()))


def send(client, org_id, content, name="课程.zip"):
    form = {"org": org_id.hex, "file": (io.BytesIO(content), name)}
    return client.post("/desk/courses/imports/new", data=form, content_type="multipart/form-data")


def run_import(response):
    """Do what the worker does with the job the page points to."""
    job = db.session.get_one(Job, uuid.UUID(response.location.rpartition("/")[2]))
    job.result, job.state = dict(jobs.import_upload(None, job.payload)), "done"
    db.session.commit()
    return response.location


def test_an_upload_becomes_a_release_that_two_people_publish(client, reviewer, city, trainer):
    report = run_import(send(client, city.county_a, zipped(package_files())))
    assert "已导入" in text_of(client.get(report))
    release_id = db.session.scalars(select(CourseRelease.id)).one()
    page = f"/desk/courses/releases/{release_id}"
    assert "送审" in text_of(client.get(page))
    assert client.post(f"{page}/in_review").status_code == 302
    assert client.post(f"{page}/in_review").status_code == 409
    assert client.post(f"{page}/published").status_code == 403
    assert "等待审核" in text_of(reviewer.get("/desk/courses"))
    assert reviewer.post(f"{page}/published").status_code == 302
    shown = text_of(client.get("/desk/courses/small-course"))
    assert "现用" in shown
    assert "已发布" in shown
    assert db.session.scalars(select(Course.current_release_id)).one() == release_id


def test_a_return_needs_a_reason_and_shows_it(client, reviewer, city, trainer):
    release_id = import_files(package_files(), city.county_a, publish=False)
    page = f"/desk/courses/releases/{release_id}"
    client.post(f"{page}/in_review")
    assert reviewer.post(f"{page}/returned").status_code == 422
    reviewer.post(f"{page}/returned", data={"note": "第一课缺依据<b>"})
    shown = text_of(client.get(page))
    assert "第一课缺依据&lt;b&gt;" in shown
    assert "已退回" in shown


def test_a_faulty_upload_is_reported_by_file_and_line(client, city, trainer):
    files = {**package_files(), "lessons/01-part.md": "# 第 1 课\n\n![图](../media/none.svg)\n"}
    shown = text_of(client.get(run_import(send(client, city.county_a, zipped(files)))))
    assert "lessons/01-part.md" in shown
    assert "找不到“media/none.svg”" in shown
    assert ">3<" in shown
    assert db.session.scalars(select(Course)).all() == []


def test_what_is_no_archive_is_refused_beside_the_field(client, city, trainer):
    for content, name in ((b"GIF89a", "a.zip"), (zipped(package_files()), "a.exe")):
        response = send(client, city.county_a, content, name)
        assert response.status_code == 200
        assert "ZIP" in text_of(response)
    assert "请选择文件" in text_of(client.post("/desk/courses/imports/new", data={"org": city.county_a.hex}))
    assert send(client, city.county_b, zipped(package_files())).status_code == 200
    assert db.session.scalars(select(Job).where(Job.name == "learning.import")).all() == []


def test_an_upload_report_is_its_senders_alone(another, client, city, trainer):
    report = send(client, city.county_a, zipped(package_files())).location
    assert client.get(report).status_code == 200
    colleague = another()
    sign_in(colleague, make_officer("trainer", city.county_a))
    assert colleague.get(report).status_code == 404
    assert client.get(f"/desk/courses/imports/{uuid.uuid4()}").status_code == 404


def test_another_units_course_does_not_exist_and_a_missing_right_is_forbidden(another, client, city, trainer):
    release_id = import_files(package_files(), city.county_b)
    base = f"/desk/courses/releases/{release_id}"
    hidden = [
        "/desk/courses/small-course", "/desk/courses/small-course/progress.xlsx", base, f"{base}/package.zip",
        f"{base}/preview/01-part", f"{base}/preview/01-part/phone",
    ]  # fmt: skip
    for url in hidden:
        assert client.get(url).status_code == 404, url
    assert client.post(f"{base}/withdrawn").status_code == 404
    assert "small-course" not in text_of(client.get("/desk/courses"))
    plain = another()
    sign_in(plain, make_person("", city.community_b))
    for url in [*hidden, "/desk/courses", "/desk/courses/imports/new"]:
        assert plain.get(url).status_code == 403, url
    auditor = another()
    sign_in(auditor, make_officer("auditor", city.county_b))
    assert auditor.get(base).status_code == 200
    assert auditor.get(f"{base}/package.zip").status_code == 403
    assert auditor.post(f"{base}/withdrawn").status_code == 403


def test_the_preview_is_framed_by_our_own_pages_alone_and_leaves_no_trace(client, city, trainer):
    release_id = import_files(package_files(), city.county_a, publish=False)
    base = f"/desk/courses/releases/{release_id}/preview/01-part"
    outer, inner = client.get(base), client.get(f"{base}/phone")
    assert f"{base}/phone" in text_of(outer)
    assert outer.headers["X-Frame-Options"] == "DENY"
    assert inner.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in inner.headers["Content-Security-Policy"]
    assert "讲入户走访的第 1 件事" in text_of(inner)
    assert "data-study" not in text_of(inner)


def test_the_package_downloads_with_the_same_digest(client, city, trainer, tmp_path):
    release_id = import_files(package_files(), city.county_a)
    content = client.get(f"/desk/courses/releases/{release_id}/package.zip").data
    root, name = archive.unpack(content, tmp_path)
    assert packages.check(root, name=name).package.digest == db.session.get_one(CourseRelease, release_id).digest


def test_where_learners_stop_is_counted_per_lesson(client, city, trainer):
    make_course(city.county_a, minimum_minutes=0)
    for finished in (True, False, False):
        actor = actor_for(make_person("", city.community_a))
        enrolment_id = service.enrol(actor, "small-course")
        service.answer(actor, enrolment_id, "01-part", "small-course-c01-1", [1 if finished else 0])
    page = text_of(client.get("/desk/courses/small-course"))
    assert "学员停在哪里" in page
    assert '<td class="num">3</td><td class="num">0</td><td class="num">3</td>' in page
    listed = text_of(client.get("/desk/courses?q=社区工作"))
    assert '<td class="num">3</td><td class="num">0</td>' in listed
    assert "没有找到课程" in text_of(client.get("/desk/courses?q=没有这个"))


def test_the_progress_list_holds_only_people_of_ones_own_units(client, city, trainer):
    make_course(city.county_a)
    for name, unit in (("=甲一", city.community_a), ("乙二", city.community_b)):
        service.enrol(actor_for(make_person(name, unit)), "small-course")
    response = client.get("/desk/courses/small-course/progress.xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(response.data)).active.values)
    assert rows[0][:2] == ("姓名", "单位")
    assert [row[:5] for row in rows[1:]] == [("=甲一", "玉林东路社区", "1.0", 1, "学习中")]


def test_the_desk_costs_the_same_however_many_courses(client, city, trainer):
    def cost():
        client.get("/desk/courses")
        with count_queries() as seen:
            assert client.get("/desk/courses").status_code == 200
        return seen.count

    make_course(city.county_a)
    few = cost()
    for number in range(5):
        make_course(city.county_a, f"more-{number}")
    assert cost() == few <= 12
