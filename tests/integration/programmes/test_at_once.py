"""The same click twice at the same moment: one application, one closing of the scores."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from lms.kernel.db import db
from lms.programmes.dto import NewApplication
from lms.programmes.models import Application, ApplicationState
from lms.programmes.service import panel, selecting
from lms.programmes.service.applying import apply
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.programmes import Call
from lms.testing.threads import together

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
