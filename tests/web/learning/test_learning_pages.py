"""The learner's pages: catalogue, course, reading, evidence, checks, media."""

from __future__ import annotations

import json
import re
import uuid

import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.kernel.db import db
from lms.learning import service
from lms.learning.models import CourseRelease, Enrolment, EnrolmentState, ReleaseFile
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.courses import import_files, make_course, package_files
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries


@pytest.fixture
def learner(client, city):
    make_course(city.county_a, minimum_minutes=0)
    person_id = make_person("陈思雨", city.community_a)
    sign_in(client, person_id)
    return person_id


@pytest.fixture
def enrolment_id(client, learner):
    client.post("/courses/small-course/enrol")
    return db.session.scalars(select(Enrolment.id)).one()


def text_of(response):
    return response.get_data(as_text=True)


def tab_of(page):
    return re.search(r'data-tab="([^"]+)"', page)[1]


def test_the_catalogue_lists_searches_and_marks(client, learner, city):
    import_files(package_files("other-course", words={1: "邻里**调解**要先听完。"}, title="调解入门"), city.county_a)
    assert {"社区工作小课", "调解入门"} <= set(re.findall(r"社区工作小课|调解入门", text_of(client.get("/courses"))))
    found = text_of(client.get("/courses?q=邻里调解"))
    assert "<mark>邻里调解</mark>" in found
    assert "社区工作小课" not in found
    assert "没有找到课程" in text_of(client.get("/courses?q=不存在的词"))
    assert "社区工作小课" not in text_of(client.get("/courses?tier=senior"))
    assert "社区工作小课" in text_of(client.get("/courses?tier=foundation&category=professional"))


@pytest.mark.parametrize("words", ["%", '"', "' OR 1=1 --", "*", "NEAR(", "<script>", "\\", "a" * 500])
def test_a_strange_search_is_only_a_search(client, learner, words):
    response = client.get("/courses", query_string={"q": words})
    assert response.status_code == 200
    assert "<script>" not in text_of(response)


def test_the_public_sees_what_is_open_and_nothing_else(client, city):
    make_course(city.county_a)
    import_files(package_files("open-course", open_to_public=True, title="公开小课"), city.county_a)
    page = text_of(client.get("/courses"))
    assert "公开小课" in page
    assert "社区工作小课" not in page
    course = client.get("/courses/open-course")
    assert course.status_code == 200
    assert "登录后学习" in text_of(course)
    assert "一份文件" in text_of(course)
    for hidden in ("small-course", "no-such-course"):
        response = client.get(f"/courses/{hidden}")
        assert (response.status_code, "/sign-in" in response.location) == (302, True)
    assert "社区工作小课" not in text_of(client.get("/courses?q=走访"))
    assert client.post("/courses/open-course/enrol").status_code in {302, 401}
    assert db.session.scalars(select(Enrolment)).all() == []


def test_the_way_from_course_to_lesson(client, learner):
    course = text_of(client.get("/courses/small-course"))
    assert "选这门课" in course
    assert "1 小时 30 分" in course
    to_resume = client.post("/courses/small-course/enrol")
    assert client.post("/courses/small-course/enrol").location == to_resume.location
    to_lesson = client.get(to_resume.location)
    assert to_lesson.location.endswith("/01-part")
    lesson = text_of(client.get(to_lesson.location))
    assert "讲入户走访的第 1 件事" in lesson
    assert "第 1 课的随堂题" in lesson
    assert "符合课文" not in lesson
    assert "下一课" in lesson
    assert "继续教育" in text_of(client.get("/courses/small-course"))


def test_evidence_is_sent_as_json_and_answers_where_the_lesson_stands(client, enrolment_id):
    page = text_of(client.get(f"/learn/{enrolment_id}/01-part"))
    answer = client.post("/learn/beats", json={"tab": tab_of(page), "beats": [[1, 20]], "end": True})
    assert answer.status_code == 200
    assert answer.json["read_to_end"] is True
    assert answer.json["seconds"] == 0  # no real time has passed since the page was opened
    assert answer.json["lesson_complete"] is False


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"tab": "forged.token", "beats": [[1, 20]]}, "bad_tab"),
        ({"tab": "x"}, "bad_beats"),
        ({"tab": "x", "beats": [[1]]}, "bad_beats"),
        ({"tab": "x", "beats": [["1", 20]]}, "bad_beats"),
        ({"tab": "x", "beats": [[1, 2.5]]}, "bad_beats"),
        ({"tab": "x", "beats": [[True, 20]]}, "bad_beats"),
        ({"tab": "x", "beats": 7}, "bad_beats"),
        ([], "bad_beats"),
        (None, "bad_beats"),
    ],
)
def test_a_broken_claim_is_refused_in_words(client, enrolment_id, body, code):
    response = client.post("/learn/beats", data=json.dumps(body), content_type="application/json")
    assert (response.status_code, response.json["code"]) == (422, code)
    assert response.json["todo"]


def test_a_claim_without_sign_in_is_asked_to_sign_in(another, client, enrolment_id):
    page = text_of(client.get(f"/learn/{enrolment_id}/01-part"))
    response = another().post("/learn/beats", json={"tab": tab_of(page), "beats": [[1, 20]]})
    assert response.status_code == 401


def test_a_check_is_answered_at_once_and_may_be_tried_again(client, enrolment_id):
    url = f"/learn/{enrolment_id}/01-part/checks/small-course-c01-1"
    htmx = {"HX-Request": "true"}
    wrong = client.post(url, data={"choice": "0", "number": "1"}, headers=htmx)
    assert "不对，可以再试" in text_of(wrong)
    assert "解析：第二个选项符合课文" in text_of(wrong)
    assert 'value="0" checked' in text_of(wrong)
    right = client.post(url, data={"choice": "1", "number": "1"}, headers=htmx)
    assert "答对了" in text_of(right)
    assert '"checks_passed": 1' in right.headers["HX-Trigger"]
    assert client.post(url, data={"number": "1"}, headers=htmx).status_code == 422
    page = text_of(client.get(f"/learn/{enrolment_id}/01-part"))
    assert "答对了" in page
    assert "autofocus" not in page


def test_a_check_works_without_scripts(client, enrolment_id):
    response = client.post(f"/learn/{enrolment_id}/01-part/checks/small-course-c01-1", data={"choice": "1"})
    assert response.status_code == 302
    assert "答对了。解析：第二个选项符合课文。" in text_of(client.get(response.location))


def test_the_course_is_complete_when_all_is_done(client, enrolment_id):
    for number in (1, 2):
        page = text_of(client.get(f"/learn/{enrolment_id}/0{number}-part"))
        client.post("/learn/beats", json={"tab": tab_of(page), "beats": [], "end": True})
        client.post(f"/learn/{enrolment_id}/0{number}-part/checks/small-course-c0{number}-1", data={"choice": "1"})
    assert db.session.get_one(Enrolment, enrolment_id).state is EnrolmentState.COMPLETED
    course = text_of(client.get("/courses/small-course"))
    assert "复习课文" in course
    assert "重新学一轮" not in course
    assert client.get(f"/learn/{enrolment_id}").location.endswith("/courses/small-course")
    assert client.post("/courses/small-course/enrol").status_code == 409


def test_another_persons_enrolment_answers_404(another, city, client, enrolment_id):
    page = text_of(client.get(f"/learn/{enrolment_id}/01-part"))
    stranger = another()
    sign_in(stranger, make_person("", city.community_a))
    base = f"/learn/{enrolment_id}"
    for url in (base, f"{base}/01-part", f"{base}/move"):
        assert stranger.get(url).status_code == 404, url
    for url in (f"{base}/withdraw", f"{base}/move/{uuid.uuid4()}", f"{base}/01-part/checks/small-course-c01-1"):
        assert stranger.post(url, data={"choice": "1"}).status_code == 404, url
    claim = stranger.post("/learn/beats", json={"tab": tab_of(page), "beats": [[1, 20]]})
    assert claim.status_code == 404
    assert stranger.get(f"{base}/99-none").status_code == 404


def test_leaving_and_moving_in_the_browser(client, city, enrolment_id):
    newer = import_files(package_files(version="2.0", words={2: "改过。"}, minimum_minutes=0), city.county_a)
    assert "看看有什么不同" in text_of(client.get("/courses/small-course"))
    offer = text_of(client.get(f"/learn/{enrolment_id}/move"))
    assert "从 1.0 到 2.0" in offer
    moved = client.post(f"/learn/{enrolment_id}/move/{newer}")
    assert moved.status_code == 302
    assert "版本 2.0" in text_of(client.get("/courses/small-course"))
    assert client.get(f"/learn/{enrolment_id}/move").status_code == 404
    client.post(f"/learn/{enrolment_id}/withdraw")
    assert client.get(f"/learn/{enrolment_id}/01-part").status_code == 404
    assert "继续学这门课" in text_of(client.get("/courses/small-course"))


VIDEO = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(200))


@pytest.fixture
def video(client, city, learner):
    files = package_files("video-course", words={1: "![走访示范](../media/visit.mp4)"})
    release_id = import_files({**files, "media/visit.mp4": VIDEO, "media/visit.vtt": "WEBVTT\n\n"}, city.county_a)
    service.enrol(actor_for(learner), "video-course")
    return f"/learn/media/{release_id}/visit.mp4"


def test_a_video_is_served_in_ranges_so_that_it_can_be_sought(client, video):
    whole = client.get(video)
    assert (whole.status_code, whole.data, whole.mimetype) == (200, VIDEO, "video/mp4")
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = client.get(video, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, VIDEO[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(VIDEO)}"
    assert client.get(video, headers={"Range": "bytes=-5"}).data == VIDEO[-5:]
    assert client.get(video, headers={"Range": "bytes=220-"}).data == VIDEO[220:]
    beyond = client.get(video, headers={"Range": "bytes=9999-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(VIDEO)}")
    for odd in ("bytes=0-1,5-6", "lines=1-2", "bytes=x-y"):
        assert client.get(video, headers={"Range": odd}).data == VIDEO
    head = client.head(video)
    assert (head.data, head.content_length) == (b"", len(VIDEO))


def test_media_are_kept_by_the_browser_and_asked_for_once(client, video):
    first = client.get(video)
    assert "immutable" in first.headers["Cache-Control"]
    assert "private" in first.headers["Cache-Control"]
    again = client.get(video, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    changed = client.get(video, headers={"Range": "bytes=0-4", "If-Range": '"older"'})
    assert (changed.status_code, changed.data) == (200, VIDEO)
    same = client.get(video, headers={"Range": "bytes=0-4", "If-Range": first.headers["ETag"]})
    assert same.status_code == 206


def test_media_are_for_learners_and_staff_only(another, city, client, video):
    def status(person_id):
        other = another()
        sign_in(other, person_id)
        return other.get(video).status_code

    assert status(make_person("", city.community_a)) == 404
    assert status(make_officer("trainer", city.county_b)) == 404
    assert status(make_officer("trainer", city.county_a)) == 200
    assert another().get(video).status_code == 302
    service.withdraw(actor_for(db.session.scalars(select(Enrolment.person_id)).first()), _video_enrolment())
    assert client.get(video).status_code == 404


def _video_enrolment():
    query = select(Enrolment.id).join(CourseRelease, CourseRelease.id == Enrolment.release_id)
    return db.session.scalars(query.where(CourseRelease.title["zh_CN"].as_string() == "社区工作小课")).first()


def test_only_media_leave_the_package(client, enrolment_id):
    release_id = db.session.scalars(select(ReleaseFile.release_id)).first()
    base = f"/learn/media/{release_id}"
    picture = client.get(f"{base}/circle.svg")
    assert picture.mimetype == "image/svg+xml"
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    for path in ("../course.yml", "..%2Fcourse.yml", "%2e%2e/bank/part-1.gift", "none.svg", "../../../etc/passwd"):
        assert client.get(f"{base}/{path}").status_code == 404, path
    assert client.get(f"/learn/media/{uuid.uuid4()}/circle.svg").status_code == 404


def test_the_catalogue_costs_the_same_however_many_courses(client, learner, city):
    def cost(query):
        client.get(f"/courses{query}")
        with count_queries() as seen:
            assert client.get(f"/courses{query}").status_code == 200
        return seen.count

    few = cost(""), cost("?q=走访")
    for number in range(6):
        service.enrol(actor_for(learner), make_course(city.county_a, f"more-{number}"))
    assert (cost(""), cost("?q=走访")) == few
    assert max(few) <= 12


def test_a_lesson_costs_the_same_however_long_the_course(client, learner, city):
    def cost(slug, lessons):
        make_course(city.county_a, slug, lessons=lessons)
        enrolment = service.enrol(actor_for(learner), slug)
        client.get(f"/learn/{enrolment}/01-part")
        with count_queries() as seen:
            assert client.get(f"/learn/{enrolment}/01-part").status_code == 200
        return seen.count

    assert cost("short-course", 2) == cost("long-course", 12) <= 10


def test_home_shows_the_course_under_way_and_the_next_step(client, learner):
    assert "还没有在学的课程" in text_of(client.get("/"))
    client.post("/courses/small-course/enrol")
    home = text_of(client.get("/"))
    assert "继续学《社区工作小课》" in home
    assert "还要约 1 小时 30 分" in home
