"""Real connections at the same moment, and a worker killed while it ends a notice."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import func, select

from lms.access.actors import actor_for
from lms.approvals import service
from lms.approvals.chain import ChainPlan
from lms.approvals.dto import Chosen, Correction, Decision, NewNotice, NewObjection
from lms.approvals.events import CaseApproved
from lms.approvals.jobs import settle
from lms.approvals.models import ApprovalCase, ApprovalDecision, CaseState, Outcome
from lms.approvals.notice_models import Objection, PublicNotice
from lms.approvals.queries import case_view
from lms.kernel import clock
from lms.kernel.actor import ANONYMOUS, SYSTEM, Actor
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.kernel.models import OutboxEvent
from lms.kernel.runtime import kernel
from lms.testing.factories.approvals import (
    KIND,
    THREE_STEPS,
    approve,
    make_case,
    make_officers,
    new_case,
    publish,
    put_kind,
    seal_of,
    send_back,
)
from lms.testing.factories.orgs import SmallCity, make_small_city
from lms.testing.factories.people import make_person
from lms.testing.threads import together

YES, NO = Decision(Outcome.APPROVED), Decision(Outcome.REJECTED, "不符合")


@dataclass(frozen=True)
class Scene:
    app: Flask
    city: SmallCity
    worker: Actor
    streets: list[Actor]
    county: Actor
    mayor: Actor


@pytest.fixture
def scene(real_app):
    with real_app.app_context():
        put_kind()
        city = make_small_city()
        *streets, county, mayor = make_officers(*[city.street_a] * 4, city.county_a, city.city)
        return Scene(real_app, city, actor_for(make_person("陈小雨", city.community_a)), streets, county, mayor)


def count(model, *where):
    return db.session.scalar(select(func.count()).select_from(model).where(*where))


def told(event):
    return count(OutboxEvent, OutboxEvent.name == event.name)


def test_officers_who_decide_at_once_make_one_decision(scene):
    with scene.app.app_context():
        brief = make_case(scene.worker.person_id)
        seen = seal_of(brief.case_id)
    answers = together(
        scene.app,
        *(
            lambda officer=officer, decision=decision: service.decide(officer, brief.case_id, decision, seen=seen)
            for officer, decision in zip(scene.streets, (YES, NO, YES, NO), strict=True)
        ),
    )
    assert sum(not isinstance(answer, LmsError) for answer in answers) == 1
    assert {answer.code for answer in answers if isinstance(answer, LmsError)} == {"stale_case"}
    with scene.app.app_context():
        assert count(ApprovalDecision) == 1


def test_one_officers_two_clicks_are_one_decision(scene):
    with scene.app.app_context():
        brief = make_case(scene.worker.person_id)
        seen = seal_of(brief.case_id)
    officer = scene.streets[0]
    answers = together(scene.app, *[lambda: service.decide(officer, brief.case_id, YES, seen=seen)] * 3)
    assert {answer.step for answer in answers} == {2}
    with scene.app.app_context():
        assert count(ApprovalDecision) == 1


def test_the_last_step_decided_at_once_approves_the_case_once(scene):
    with scene.app.app_context():
        put_kind(chain=ChainPlan(steps=THREE_STEPS.steps[:1]))
        brief = make_case(scene.worker.person_id)
        seen = seal_of(brief.case_id)
    together(
        scene.app,
        *(lambda officer=officer: service.decide(officer, brief.case_id, YES, seen=seen) for officer in scene.streets),
    )
    with scene.app.app_context():
        assert case_view(brief.case_id).brief.state is CaseState.APPROVED
        assert told(CaseApproved) == 1


def test_opening_at_once_with_one_key_is_one_case_and_with_many_keys_numbers_them_without_a_clash(scene):
    with scene.app.app_context():
        same, others = new_case(scene.worker.person_id), [new_case(scene.worker.person_id) for _number in range(3)]
    answers = together(
        scene.app, *(lambda new=new: service.open_case(scene.worker, new) for new in [same, same, *others])
    )
    assert answers[0] == answers[1]
    with scene.app.app_context():
        numbers = db.session.scalars(select(ApprovalCase.number)).all()
        assert len(numbers) == len(set(numbers)) == 4


def test_two_bulks_of_the_same_cases_in_another_order_end_and_decide_each_once(scene):
    with scene.app.app_context():
        briefs = [make_case(make_person(f"人{number}", scene.city.community_a)) for number in range(6)]
        picks = [Chosen(brief.case_id, seal_of(brief.case_id)) for brief in briefs]
    first, second = together(
        scene.app,
        lambda: service.decide_many(scene.streets[0], picks),
        lambda: service.decide_many(scene.streets[1], picks[::-1]),
    )
    done = [not line.refusal for line in (*first, *second)]
    assert sum(done) == 6
    with scene.app.app_context():
        assert count(ApprovalDecision) == 6


def test_answering_and_withdrawing_at_once_leave_one_of_the_two(scene):
    with scene.app.app_context():
        back = send_back(make_case(scene.worker.person_id).case_id, scene.streets[0])
    together(
        scene.app,
        lambda: service.resubmit(scene.worker, back.case_id, Correction("说明"), seen_round=1),
        lambda: service.withdraw(scene.worker, back.case_id),
    )
    with scene.app.app_context():
        view = case_view(back.case_id)
        assert view.brief.state is CaseState.WITHDRAWN  # a case answered just before is still withdrawn after
        assert view.closed_at is not None


@pytest.fixture
def noticed(scene):
    """Eight cases in one notice, and the day after its last one."""
    with scene.app.app_context():
        briefs = [make_case(make_person(f"人{number}", scene.city.community_a)) for number in range(8)]
        for brief in briefs:
            approve(brief.case_id, scene.streets[0], scene.county, scene.mayor)
        publisher = make_officers(scene.city.city)[0]
        notice = publish([brief.case_id for brief in briefs], scene.city.city, publisher)
    return briefs, notice, clock.start_of_day(notice.closes_on + dt.timedelta(days=1))


def at(moment, call):
    def run():
        with clock.frozen(moment):
            return call()

    return run


def test_the_job_that_ends_notices_run_twice_at_once_approves_each_case_once(scene, noticed):
    briefs, _notice, after = noticed
    results = together(scene.app, *[at(after, lambda: settle(None, {}))] * 3)
    assert sum(result["approved"] for result in results) == len(briefs)
    with scene.app.app_context():
        assert told(CaseApproved) == len(briefs)


def test_publishing_at_once_lists_a_case_in_one_notice(scene):
    with scene.app.app_context():
        brief = make_case(scene.worker.person_id)
        approve(brief.case_id, scene.streets[0], scene.county, scene.mayor)
        publishers = make_officers(scene.city.city, scene.city.city)
    news = [
        NewNotice(kind=KIND, org_id=scene.city.city, title="公示", body="正文", case_ids=(brief.case_id,), key=key)
        for key in ("a", "b")
    ]
    answers = together(
        scene.app,
        *(lambda who=who, new=new: service.publish_notice(who, new) for who, new in zip(publishers, news, strict=True)),
    )
    assert sorted(isinstance(answer, LmsError) for answer in answers) == [False, True]
    with scene.app.app_context():
        assert count(PublicNotice) == 1


def test_an_objection_at_the_last_moment_is_refused_or_holds_its_case_never_lost(scene, noticed):
    briefs, notice, after = noticed
    before = after - dt.timedelta(seconds=1)
    new = NewObjection(
        name="王大伯", contact="13800138000", body="此人已离开岗位一年。", key="k", case_id=briefs[0].case_id
    )
    receipt, _result = together(
        scene.app,
        at(before, lambda: service.object_to(ANONYMOUS, notice.notice_id, new)),
        at(after, lambda: settle(None, {})),
    )
    with scene.app.app_context():
        state = case_view(briefs[0].case_id).brief.state
        assert state is (CaseState.APPROVED if isinstance(receipt, LmsError) else CaseState.IN_NOTICE)
        assert count(Objection) == (0 if isinstance(receipt, LmsError) else 1)


def test_one_form_sent_twice_at_once_is_one_objection(scene, noticed):
    briefs, notice, after = noticed
    new = NewObjection(
        name="王大伯", contact="13800138000", body="此人已离开岗位一年。", key="k", case_id=briefs[0].case_id
    )
    first, second = together(
        scene.app,
        *[at(after - dt.timedelta(hours=1), lambda: service.object_to(ANONYMOUS, notice.notice_id, new))] * 2,
    )
    assert first == second
    with scene.app.app_context():
        assert db.session.get_one(PublicNotice, notice.notice_id).objections == 1


DYING_WORKER = """
import datetime as dt, os, signal, sys
from pathlib import Path
from lms.approvals import service
from lms.approvals.jobs import settle
from lms.kernel import clock
from lms.testing.factories.approvals import put_kind
from lms.testing.plugin import build_test_app

done, real = [], service.notices.approve

def approve_three_and_die(uow, case):
    if len(done) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    done.append(case.id)
    real(uow, case)

service.notices.approve = approve_three_and_die
app = build_test_app(sys.argv[1], Path(sys.argv[2]))
with app.app_context(), clock.frozen(dt.datetime.fromisoformat(sys.argv[3])):
    put_kind()
    settle(None, {})
"""


def test_a_worker_killed_while_it_ends_a_notice_leaves_the_rest_to_the_next(scene, noticed):
    briefs, _notice, after = noticed
    with scene.app.app_context():
        config = kernel().config
    died = subprocess.run(
        [sys.executable, "-c", DYING_WORKER, config.database_url, str(config.data_dir), after.isoformat()], check=False
    )
    assert died.returncode == -signal.SIGKILL
    with scene.app.app_context(), clock.frozen(after):
        assert count(ApprovalCase, ApprovalCase.state == CaseState.APPROVED) == 3
        assert settle(None, {})["approved"] == len(briefs) - 3
        assert service.end_notice(SYSTEM, db.session.scalars(select(PublicNotice.id)).one()).approved == 0
        assert told(CaseApproved) == len(briefs)
