from __future__ import annotations

import datetime as dt

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update

from lms.exams import service
from lms.exams.models import Exam, ExamSession, KeyRelease, Seat, SessionState, Sitting
from lms.exams.rules import GRACE
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.jobs import worker
from lms.kernel.models import AuditEntry
from lms.kernel.uow import unit_of_work
from lms.messages.models import Message
from lms.testing.factories.access import make_officer
from lms.testing.factories.exams import make_bank, make_exam, make_plan, session_row
from lms.testing.factories.people import make_id_number, make_person


def finish(candidate):
    """The candidate hands in, the session is marked and published; returns the result's address."""
    candidate.save((1, 0, 1), (2, 1, 1))
    candidate.hand_in()
    service.close_session(SYSTEM, candidate.exam.session_id)
    service.grade_session(candidate.exam.session_id)
    service.publish(SYSTEM, candidate.exam.session_id)
    page = candidate.client.get("/exams").text
    return "/exams/results/" + page.split("/exams/results/")[1].split('"')[0]


def test_everybody_sees_what_is_offered(client, exam):
    page = client.get("/exams")
    assert "示例考试" in page.text
    assert client.get(f"/exams/sessions/{exam.session_id}").status_code == 200
    assert client.get("/exams/sessions/00000000-0000-0000-0000-000000000000").status_code == 404


def test_a_learner_registers_and_cancels(browser, city, exam):
    client = browser(make_person(org_id=city.community_a))
    address = f"/exams/sessions/{exam.session_id}"
    answer = client.post(f"{address}/register", follow_redirects=True)
    assert "已报名，准考证号" in answer.text
    assert "开始考试" in answer.text
    answer = client.post(f"{address}/cancel", follow_redirects=True)
    assert "已取消报名" in answer.text


def test_the_waiting_room_counts_down_before_the_opening(candidates, city):
    candidate = candidates(make_exam(city.city, opens_in=30))
    page = candidate.client.get(f"/exams/sessions/{candidate.exam.session_id}").text
    assert "data-opens" in page
    assert "开始考试</button>" not in page


def test_who_comes_late_is_told_how_much_time_is_left(candidates, exam):
    candidate = candidates()
    with unit_of_work(SYSTEM) as uow:
        closes_at = clock.now() + dt.timedelta(minutes=20)
        uow.change(update(ExamSession).where(ExamSession.id == exam.session_id).values(closes_at=closes_at))
    assert "只有" in candidate.client.get(f"/exams/sessions/{exam.session_id}").text


def test_the_home_page_leads_back_to_an_exam_under_way(candidate):
    page = candidate.client.get("/").text
    assert "正在考试" in page
    assert f"/exams/sittings/{candidate.sitting}" in page


def test_a_result_shows_score_and_map_and_the_key_where_it_is_released(candidate):
    page = candidate.client.get(finish(candidate)).text
    assert "各考点得分" in page
    assert "核心价值" in page
    assert "您选的" in page
    assert "因为甲正确" in page


def test_a_result_keeps_the_key_back_where_the_bank_is_used_again(candidates, city):
    candidate = candidates(make_exam(city.city, make_plan(key_release=KeyRelease.NEVER)))
    candidate.start()
    page = candidate.client.get(finish(candidate)).text
    assert "不公布试题和答案" in page
    assert "正确的是" not in page


def test_an_absent_candidate_reads_absence_and_no_score(candidates, exam):
    absent = candidates()
    with unit_of_work(SYSTEM) as uow:
        past = clock.now() - GRACE - dt.timedelta(seconds=5)
        uow.change(update(ExamSession).where(ExamSession.id == exam.session_id).values(closes_at=past))
    service.close_session(SYSTEM, exam.session_id)
    service.grade_session(exam.session_id)
    service.publish(SYSTEM, exam.session_id)
    page = absent.client.get("/exams").text
    assert "缺考" in page
    assert "0 分" not in page


def form_of(bank_id, org_id, **changes):
    return {
        "title_zh": "社工员考试",
        "title_en": "",
        "slug": "community-exam",
        "bank": bank_id.hex,
        "org": org_id.hex,
        "parts-0-kind": "single",
        "parts-0-count": "6",
        "parts-1-kind": "multiple",
        "parts-1-count": "3",
        "minutes": "60",
        "pass_marks": "7.5",
        "forms": "2",
        "shuffle_options": "y",
        "display": "one",
        "key_release": "never",
        "course_slug": "",
        **changes,
    }


def test_an_officer_sets_up_an_exam_announces_a_date_and_freezes(officer, city):
    bank = make_bank(city.city)
    answer = officer.post("/desk/exams/new", data=form_of(bank, city.city))
    assert answer.status_code == 303
    exam = db.session.scalars(select(Exam).where(Exam.slug == "community-exam")).one()
    assert (exam.pass_half_points, exam.minutes, exam.forms) == (15, 60, 2)
    times = {
        "opens_at": f"{clock.today() + dt.timedelta(days=3)}T09:00",
        "closes_at": f"{clock.today() + dt.timedelta(days=3)}T11:00",
        "register_until": f"{clock.today() + dt.timedelta(days=2)}T18:00",
    }
    answer = officer.post("/desk/exams/community-exam/sessions/new", data=times)
    assert answer.status_code == 303
    [session] = db.session.scalars(select(ExamSession))
    assert clock.local_date(session.opens_at) == clock.today() + dt.timedelta(days=3)
    assert (session.closes_at - session.opens_at).total_seconds() == 7200
    page = officer.post(f"{answer.location}/freeze", follow_redirects=True).text
    assert "已组成 2 套试卷" in page
    assert officer.get("/desk/exams").status_code == 200
    assert officer.get("/desk/exams/community-exam").status_code == 200
    edited = officer.get(f"/desk/exams/sessions/{session.id}/edit").text
    assert "T09:00" in edited


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"slug": "Not A Slug"}, "只用小写字母"),
        ({"parts-0-count": "60"}, "题库的题不够"),
        ({"pass_marks": "50"}, "不超过满分"),
        ({"minutes": ""}, "请填写"),
        ({"parts-0-count": "", "parts-1-count": ""}, "1 到 500 题"),
    ],
)
def test_a_faulty_exam_form_says_why_and_keeps_what_was_typed(officer, city, changes, words):
    page = officer.post("/desk/exams/new", data=form_of(make_bank(city.city), city.city, **changes))
    assert page.status_code == 200
    assert words in page.text
    assert "社工员考试" in page.text
    assert db.session.scalars(select(Exam)).all() == []


def test_an_officer_edits_the_plan(officer, city, exam):
    page = officer.get(f"/desk/exams/{exam.slug}/edit").text
    assert "示例考试" in page
    data = form_of(make_bank(city.city), city.city, title_zh="新名称", pass_marks="7")
    answer = officer.post(f"/desk/exams/{exam.slug}/edit", data=data)
    assert answer.status_code == 303
    assert db.session.scalars(select(Exam.title).where(Exam.slug == exam.slug)).one()["zh_CN"] == "新名称"


def test_an_officer_takes_a_session_from_closing_to_publication(app, officer, candidate):
    session = f"/desk/exams/sessions/{candidate.exam.session_id}"
    refused = officer.post(f"{session}/close", headers={"Accept": "application/json"})
    assert refused.json["code"] == "not_over"
    candidate.save((1, 0, 1))
    candidate.hand_in()
    assert officer.post(f"{session}/close").status_code == 303
    worker.drain(app)
    page = officer.get(session).text
    assert "公布成绩" in page
    assert "分数分布" in page
    assert officer.post(f"{session}/publish").status_code == 303
    assert session_row(candidate.exam.session_id).state is SessionState.PUBLISHED
    assert officer.post(f"{session}/publish").status_code == 409


def test_live_numbers_follow_the_candidates(officer, candidates, candidate):
    candidates()
    candidate.save((1, 0, 1))
    page = officer.get(f"/desk/exams/sessions/{candidate.exam.session_id}/live").text
    assert "正在作答 1 人" in page
    assert "hx-get" in page


def test_results_leave_as_a_spreadsheet_without_formulas(officer, candidate, tmp_path):
    finish(candidate)
    answer = officer.get(f"/desk/exams/sessions/{candidate.exam.session_id}/results.xlsx")
    (tmp_path / "results.xlsx").write_bytes(answer.data)
    book = load_workbook(tmp_path / "results.xlsx")
    header, row = list(book.worksheets[0].iter_rows(values_only=True))
    assert header[0] == "准考证号"
    assert row[3] == "有成绩"
    assert isinstance(row[4], int | float)
    assert book.worksheets[1].max_row > 1


def test_looking_at_a_paper_with_its_key_is_recorded(officer, exam):
    page = officer.get(f"/desk/exams/sessions/{exam.session_id}/forms/1")
    assert "正确" in page.text
    assert "paper_form.look" in db.session.scalars(select(AuditEntry.action)).all()
    assert officer.get(f"/desk/exams/sessions/{exam.session_id}/forms/9").status_code == 404


@pytest.mark.parametrize("role", ["hr_officer", "trainer", "marker"])
def test_who_only_views_exams_never_sees_a_paper(browser, city, exam, role):
    client = browser(make_officer(role, city.city))
    assert client.get(f"/desk/exams/sessions/{exam.session_id}").status_code == 200
    assert client.get(f"/desk/exams/sessions/{exam.session_id}/forms/1").status_code == 403


def test_another_units_officer_finds_nothing(browser, city, candidate):
    client = browser(make_officer("exam_officer", city.county_b))
    session = f"/desk/exams/sessions/{candidate.exam.session_id}"
    for address in (
        f"/desk/exams/{candidate.exam.slug}",
        session,
        f"{session}/seats",
        f"{session}/live",
        f"{session}/forms/1",
    ):
        assert client.get(address).status_code == 404, address
    for address in ("freeze", "close", "publish", "cancel", "register"):
        answer = client.post(f"{session}/{address}", data={"people": "x", "reason": "x"})
        assert answer.status_code == 404, address
    seat = db.session.scalars(select(Seat.id)).one()
    assert client.post(f"/desk/exams/seats/{seat}/extra", data={"minutes": "5"}).status_code == 404
    assert "示例考试" not in client.get("/desk/exams").text


def test_a_list_is_checked_first_and_applied_with_a_second_click(officer, city, exam):
    number = make_id_number(911)
    make_person("王一", city.community_a, id_number=number)
    address = f"/desk/exams/sessions/{exam.session_id}/register"
    page = officer.post(address, data={"people": f"{number}\n404"}).text
    assert "可以报名 1 人" in page
    assert db.session.scalars(select(Seat)).all() == []
    assert "一个人也没有报名" in officer.post(address, data={"people": f"{number}\n404", "apply": "yes"}).text
    answer = officer.post(address, data={"people": f"{number}\n404", "apply": "yes", "skip_faulty": "y"})
    assert answer.status_code == 303
    assert "王一" in officer.get(answer.location).text


def test_extra_minutes_are_granted_before_the_start(officer, candidates):
    candidates()
    seat = db.session.scalars(select(Seat.id)).one()
    assert officer.post(f"/desk/exams/seats/{seat}/extra", data={"minutes": "30"}).status_code == 303
    assert db.session.scalars(select(Seat.extra_minutes)).one() == 30
    assert officer.post(f"/desk/exams/seats/{seat}/extra", data={"minutes": "x"}).status_code == 422


def test_a_session_is_cancelled_with_a_reason(officer, city):
    made = make_exam(city.city, opens_in=60)
    address = f"/desk/exams/sessions/{made.session_id}"
    assert officer.post(f"{address}/cancel", data={"reason": ""}).status_code == 422
    assert officer.post(f"{address}/cancel", data={"reason": "停电"}).status_code == 303
    assert "已经取消" in officer.get(address).text


def test_whoever_was_registered_learns_of_the_cancellation_and_its_reason(candidates, city):
    candidate = candidates(make_exam(city.city, opens_in=60))
    service.cancel_session(SYSTEM, candidate.exam.session_id, "停电")
    inbox = candidate.client.get("/messages").text
    assert "停电" in inbox
    message = db.session.scalars(select(Message).where(Message.kind == "exams.cancelled")).one()
    opened = candidate.client.post(f"/messages/{message.id}/open", follow_redirects=True)
    assert opened.status_code == 200
    assert "已经取消" in opened.text or "已取消" in opened.text


def test_a_looker_is_told_no_day_of_publication_when_results_are_not_out(browser, city):
    made = make_exam(city.city, opens_in=60, frozen=False)
    page = browser(make_officer("trainer", city.city)).get(f"/desk/exams/sessions/{made.session_id}").text
    assert "待组卷" in page
    assert "公布于" not in page


def test_seats_are_found_by_name_and_ticket(officer, candidates):
    one, other = candidates(), candidates()
    tickets = dict(db.session.execute(select(Seat.person_id, Seat.ticket)).all())
    page = officer.get(f"/desk/exams/sessions/{one.exam.session_id}/seats?q={tickets[one.person_id]}").text
    assert tickets[one.person_id] in page
    assert tickets[other.person_id] not in page


def test_sittings_are_kept_when_the_page_is_opened_twice(candidate):
    for _n in range(2):
        assert candidate.client.get(f"/exams/sittings/{candidate.sitting}").status_code == 200
    assert db.session.scalars(select(Sitting.device)).all() == [1]
