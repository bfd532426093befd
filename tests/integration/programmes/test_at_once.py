"""The same click twice at the same moment: one application, one closing of the scores."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select, text

from lms.access.actors import actor_for
from lms.kernel import clock
from lms.kernel.db import db
from lms.programmes import rules
from lms.programmes.dto import NewApplication
from lms.programmes.models import Application, ApplicationState
from lms.programmes.queries import supervision
from lms.programmes.service import panel, selecting, supervising
from lms.programmes.service.applying import apply
from lms.programmes.service.supervising import Session
from lms.programmes.supervision_models import SupervisionLog
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person
from lms.testing.factories.programmes import Call, hold
from lms.testing.threads import PATIENCE, together

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def test_one_of_two_applications_sent_at_the_same_moment_stands(real_app):
    with real_app.app_context():
        call = Call(make_small_city())
        worker = call.worker()

    def send(number):
        return lambda: apply(worker, call.round_id, NewApplication(f"form-{number}", "理由"))

    found = together(real_app, *map(send, range(3)))
    assert sorted(getattr(one, "code", "sent") for one in found) == ["applied", "applied", "sent"]
    with real_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Application)) == 1


def test_the_same_form_sent_twice_at_the_same_moment_is_one(real_app):
    with real_app.app_context():
        city = make_small_city()
        call = Call(city)
        worker, boss = call.worker(), actor_for(make_person("罗督导", city.community_a))
        hold(boss.person_id, "sup_junior", clock.today())
        supervising.pair(call.boss, boss.person_id, worker.person_id)
        [(pair, _supervisor, _person)] = supervision.pairs(boss.person_id)
        pair_id = pair.id
    new = NewApplication("form-1", "理由")
    session = Session(clock.today(), 90, "个案讨论", "建议")
    for sent, model in (
        (lambda: apply(worker, call.round_id, new), Application),
        (lambda: supervising.write(boss, pair_id, "form-1", session), SupervisionLog),
    ):
        found = together(real_app, sent, sent, sent)
        with real_app.app_context():
            assert {*found} == {*db.session.scalars(select(model.id))}
            assert len({*found}) == 1


def test_nobody_leaves_a_round_while_it_is_being_ranked(real_app, monkeypatch):
    with real_app.app_context():
        call = Call(make_small_city())
        application = call.eligible()
        call.start_scoring()
        call.score(application, 80, 80, 80)
    said: list[object] = []
    leaving = threading.Thread(
        target=lambda: said.extend(
            together(real_app, lambda: selecting.leave_out(call.boss, application, "没有参加面试"))
        )
    )
    rank = rules.rank

    def rank_while_somebody_leaves(*args):
        leaving.start()
        waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while leaving.is_alive() and not db.session.scalar(waits):
            leaving.join(0.01)
        return rank(*args)

    monkeypatch.setattr(rules, "rank", rank_while_somebody_leaves)
    assert together(real_app, lambda: selecting.close_scores(call.boss, call.round_id)) == [None]
    leaving.join(PATIENCE)
    [answer] = said
    with real_app.app_context():
        state = db.session.get_one(Application, application).state
    assert (state, answer.code) == (ApplicationState.SELECTED, "stale_round")


def test_a_score_and_the_closing_at_the_same_moment_agree(real_app):
    with real_app.app_context():
        call = Call(make_small_city())
        application = call.eligible()
        call.start_scoring()
        call.score(application, 80, 80, 80)

    closed, scored = together(
        real_app,
        lambda: selecting.close_scores(call.boss, call.round_id),
        lambda: panel.score(call.members[0], application, call.spread(90), seen=1),
    )
    assert closed is None
    with real_app.app_context():
        found = db.session.get_one(Application, application)
        assert found.state is ApplicationState.SELECTED
        assert found.interview == (8333 if scored is None else 8000)
