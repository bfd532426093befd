"""A type of question that a plugin offers: from the file into the bank, onto papers, through marking to the result."""

from __future__ import annotations

import datetime as dt
import io
import re
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from lms.access.actors import actor_for
from lms.exams import saving
from lms.exams import service as exams
from lms.exams.dto import Blueprint, Claims, Entry, Part
from lms.exams.models import Exam, ExamSession, PaperForm, Result, Sitting
from lms.exams.service import freezing
from lms.exams.starting import start
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.fastpath import fastpath
from lms.kernel.jobs import worker
from lms.kernel.models import Job, JobState
from lms.kernel.uow import unit_of_work
from lms.questions.models import Bank
from lms.testing.factories.exams import make_bank, make_items, make_plan
from lms.testing.factories.people import make_person

JUDGE = """\
// [id:j-{number}] [tag:kind:probe.judge] [tag:point:1.1]
::j-{number}::第 {number} 个说法（　　）。{{
=对
~错
####因为如此。
}}
"""


@pytest.fixture
def bank(probe):
    """A bank with single and multiple items, into which five of the plugin's type were uploaded through the pages."""
    with probe.app.app_context():
        bank_id = make_bank(probe.city.city, make_items(4, 2))
        slug = db.session.get_one(Bank, bank_id).slug
    probe.be("trainer")
    content = "\n".join(JUDGE.format(number=number) for number in range(5))
    check = upload(probe, slug, content)
    assert "判断题" in check.text
    seal = re.search(r'name="seal"[^>]*value="([0-9a-f]+)"', check.text)[1]
    assert probe.client.post(check.request.path, data={"seal": seal}).status_code == 302
    return slug


def upload(probe, slug, content):
    file = (io.BytesIO(content.encode()), "题目.gift")
    return probe.client.post(f"/desk/banks/{slug}/upload", data={"file": file}, follow_redirects=True)


def frozen(probe, slug):
    """An exam of two single items and three of the plugin's, set up through the pages; its frozen session."""
    probe.be("exam_officer")
    with probe.app.app_context():
        bank_id = db.session.scalar(select(Bank.id).where(Bank.slug == slug))
    form = {
        "title_zh": "判断考试", "slug": "judge-exam", "bank": bank_id.hex, "org": probe.city.city.hex,
        "parts-0-kind": "single", "parts-0-count": "2", "parts-1-kind": "probe.judge", "parts-1-count": "3",
        "minutes": "60", "pass_marks": "3", "forms": "1", "display": "one", "key_release": "with_results",
        "shuffle_options": "y",
    }  # fmt: skip
    answer = probe.client.post("/desk/exams/new", data=form)
    assert answer.status_code == 303, answer.text
    page = probe.page("/desk/exams/judge-exam")
    assert "单项选择题 2 题、判断题 3 题，满分 5 分" in page
    with probe.app.app_context():
        exam_id = db.session.scalar(select(Exam.id).where(Exam.slug == "judge-exam"))
        now = clock.now()
        session_id = exams.create_session(
            SYSTEM, exam_id, opens_at=now - dt.timedelta(minutes=5), closes_at=now + dt.timedelta(hours=2),
            register_until=now + dt.timedelta(hours=2),
        )  # fmt: skip
    assert probe.client.post(f"/desk/exams/sessions/{session_id}/freeze").status_code == 303
    return session_id


def sat(probe, session_id, *, wrong=()):
    """A candidate answers right except at the positions in `wrong`, and hands in."""
    with probe.app.app_context():
        person = make_person(org_id=probe.city.community_a)
        exams.register(actor_for(person), session_id)
        sitting_id = start(fastpath(), session_id, person).sitting_id
        form = db.session.get_one(PaperForm, db.session.get_one(Sitting, sitting_id).form_id)
        entries = [
            Entry(at + 1, at, 1 << ((row["key"][0] + (at in wrong)) % len(row["order"])), False)
            for at, row in enumerate(form.key)
        ]
        saving.save(fastpath(), "secret", Claims(sitting_id, 1, ""), entries)
        exams.submit(sitting_id)


def job(probe, job_id, **values):
    """The marking job as it stands, after `values` were written into it."""
    with probe.app.app_context():
        if values:
            with unit_of_work(SYSTEM) as uow:
                uow.session.execute(update(Job).where(Job.id == job_id).values(**values))
        found = db.session.get_one(Job, job_id, populate_existing=True)
        db.session.expunge(found)
        return found


def results(probe):
    with probe.app.app_context():
        return sorted(db.session.scalars(select(Result.half_points)))


def test_the_bank_shows_counts_and_edits_items_of_the_type_like_its_own(probe, bank):
    page = probe.page(f"/desk/banks/{bank}?kind=probe.judge")
    assert "判断题" in page
    assert "j-0" in page
    assert "s-000" not in page
    assert "判断题 5 题" in probe.page(f"/desk/banks/{bank}/coverage")
    edit = probe.page(f"/desk/banks/{bank}/items/j-0/edit")
    assert "判断题应有 2 个选项。" in edit
    assert "options-1-text" in edit
    assert "options-2-text" not in edit
    file = probe.client.get(f"/desk/banks/{bank}/items.gift").text
    assert "[tag:kind:probe.judge]" in file
    assert "题库里已经是这些内容" in upload(probe, bank, file).text


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("probe.judge", "probe.essay", "题型“probe.essay”不存在"),
        ("=对\n~错", "~%100%对\n~%-100%错", "判断题的选项不写权重"),
        ("~错", "~错\n~不知道", "判断题应有 2 个选项。"),
    ],
)
def test_an_item_that_does_not_fit_its_type_is_named_with_its_line(probe, bank, old, new, words):
    check = upload(probe, bank, "\n\n" + JUDGE.format(number=9).replace(old, new))
    assert words in check.text
    assert '<td class="num">4</td>' in check.text


def test_papers_with_the_type_are_sat_marked_and_analysed(probe, bank):
    session_id = frozen(probe, bank)
    with probe.app.app_context():
        [form] = db.session.scalars(select(PaperForm).where(PaperForm.session_id == session_id))
        assert [item["several"] for item in form.content] == [False] * 5
    sat(probe, session_id)
    sat(probe, session_id, wrong={0, 4})
    assert probe.client.post(f"/desk/exams/sessions/{session_id}/close").status_code == 303
    worker.drain(probe.app)
    assert results(probe) == [6, 10]
    assert probe.client.post(f"/desk/exams/sessions/{session_id}/publish").status_code == 303
    assert "j-" in probe.page(f"/desk/exams/sessions/{session_id}")
    probe.be("trainer")
    shown = [probe.page(f"/desk/banks/{bank}/items/j-{number}") for number in range(5)]
    assert sum("考试中的表现" in page and "50%" in page for page in shown) == 1
    with probe.app.app_context():
        result = db.session.scalars(select(Result).where(Result.half_points == 6)).one()
        assert [sum(point[name] for point in result.by_point) for name in ("half_points", "total")] == [6, 10]


def test_the_sitting_page_tells_what_the_type_asks_for(probe, bank):
    session_id = frozen(probe, bank)
    person = probe.be("", probe.city.community_a)
    with probe.app.app_context():
        exams.register(actor_for(person), session_id)
    begun = probe.client.post(f"/exams/sessions/{session_id}/start")
    page = probe.page(begun.location).encode().decode("unicode_escape", "ignore")
    assert '"kind.probe.judge"' in page
    assert '"one.probe.judge"' in page


def test_while_the_plugin_is_off_its_items_are_shown_but_neither_edited_nor_drawn(probe, bank):
    probe.switch(on=False)
    page = probe.page(f"/desk/banks/{bank}?kind=probe.judge")
    assert "j-0" in page
    assert "题型没有启用" in page
    assert "判断题" in page
    assert "现在不能编辑" in probe.page(f"/desk/banks/{bank}/items/j-0")
    assert "判断题" not in probe.page(f"/desk/banks/{bank}/coverage")
    probe.page(f"/desk/banks/{bank}/items/j-0/edit", status=409)
    assert "j-0" in probe.client.get(f"/desk/banks/{bank}/items.gift").text
    assert probe.client.get(f"/desk/banks/{bank}/items.xlsx").status_code == 200
    with probe.app.app_context():
        bank_id = db.session.scalar(select(Bank.id).where(Bank.slug == bank))
        plan = replace(make_plan(), blueprint=Blueprint((Part("single", 2, 2), Part("probe.judge", 3, 2))))
        with pytest.raises(Invalid, match="提供“判断题”的模块没有启用"):
            exams.create_exam(SYSTEM, slug="off", org_id=probe.city.city, bank_id=bank_id, plan=plan)


def test_a_session_cannot_be_frozen_while_a_type_of_its_paper_is_off(probe, bank):
    session_id = frozen(probe, bank)
    with probe.app.app_context():
        exam_id = db.session.get_one(ExamSession, session_id).exam_id
        opens = clock.now() + dt.timedelta(days=1)
        second = exams.create_session(SYSTEM, exam_id, opens_at=opens, closes_at=opens + dt.timedelta(hours=2))
    probe.switch(on=False)
    with probe.app.app_context(), pytest.raises(Conflict, match="“判断题”现在不能使用"):
        exams.freeze(SYSTEM, second)


def test_papers_frozen_before_go_on_and_marking_waits_until_the_plugin_is_back(probe, bank):
    session_id = frozen(probe, bank)
    probe.switch(on=False)
    sat(probe, session_id, wrong={4})
    with probe.app.app_context():
        job_id = exams.close_session(SYSTEM, session_id)
    for _round in range(5):  # more often than a job that fails is tried
        worker.drain(probe.app)
        waiting = job(probe, job_id)
        assert waiting.state is JobState.QUEUED
        assert "没有启用" in waiting.message["zh_CN"]
        assert results(probe) == []
        job(probe, job_id, run_at=clock.now())
    assert "评分在等待" in probe.page(f"/desk/exams/sessions/{session_id}")
    probe.switch(on=True)
    worker.drain(probe.app)
    assert job(probe, job_id).state is JobState.DONE
    assert results(probe) == [8]


def test_when_the_plugin_is_gone_its_items_are_shown_by_key_and_its_papers_can_be_drawn_again(probe, bank):
    session_id = frozen(probe, bank)
    probe.be("trainer")
    cookie = probe.client.get_cookie("sign_in").value
    gone = probe.gone()
    client = gone.test_client()
    client.set_cookie("sign_in", cookie)
    for page in (f"/desk/banks/{bank}?kind=probe.judge", f"/desk/banks/{bank}/items/j-0", "/desk/banks"):
        answer = client.get(page)
        assert answer.status_code == 200
        assert "题型 probe.judge" in answer.text
    assert "=对\n~错\n" in client.get(f"/desk/banks/{bank}/items.gift").text
    with gone.app_context():
        stored = {form.number: form.digest for form in db.session.scalars(select(PaperForm))}
        again = freezing.redraw(db.session.get_one(ExamSession, session_id))
        assert {paper.number: paper.digest for paper in again} == stored
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("fault", ["raises", "nonsense"])
def test_a_type_that_cannot_score_marks_nobody_and_is_reported(probe, bank, fault):
    session_id = frozen(probe, bank)
    sat(probe, session_id)
    if fault == "raises":
        probe.plugin.BROKEN.add("judged")
    else:
        probe.plugin.NONSENSE["judged"] = 3  # more than it is worth
    with probe.app.app_context():
        job_id = exams.close_session(SYSTEM, session_id)
    worker.drain(probe.app)
    assert job(probe, job_id).state is JobState.QUEUED  # to be tried again
    assert results(probe) == []
    assert probe.faults() == [("QuestionType probe.judge score", True)]
    probe.plugin.BROKEN.clear()
    probe.plugin.NONSENSE.clear()
    job(probe, job_id, run_at=clock.now())
    worker.drain(probe.app)
    assert results(probe) == [10]
