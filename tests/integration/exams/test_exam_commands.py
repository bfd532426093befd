from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from lms.access.actors import actor_for
from lms.exams import saving, service
from lms.exams.dto import Claims, Entry
from lms.exams.models import Exam, ExamSession, SessionState
from lms.exams.starting import start
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.fastpath import fastpath
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work
from lms.questions.models import Bank
from lms.testing.factories.exams import make_bank, make_exam, session_row
from lms.testing.factories.people import make_person


@pytest.fixture
def lms(app):
    """Run `lms exams ...`; returns the result."""
    runner = app.test_cli_runner()

    def run(*args):
        return runner.invoke(app.cli, ["exams", *map(str, args)])

    return run


def test_an_exam_is_set_up_frozen_and_proved_from_the_command_line(lms, city):
    bank = db.session.get_one(Bank, make_bank(city.city)).slug
    opens = (clock.now() + dt.timedelta(days=1)).astimezone(clock.CITY_ZONE)
    options = ["--bank", bank, "--title", "命令行考试", "--single", 6, "--multiple", 3, "--pass-marks", 7]
    done = lms("create", "cli-exam", *options, "--opens", f"{opens:%Y-%m-%dT%H:%M}")
    assert done.exit_code == 0, done.output
    assert "满分 12 分" in done.output
    assert db.session.scalars(select(Exam.pass_half_points)).one() == 14
    frozen = lms("freeze", "cli-exam", 1, "--seed", "s")
    assert frozen.exit_code == 0
    assert len(frozen.output.splitlines()) == 2
    assert lms("verify", "cli-exam", 1).exit_code == 0
    listed = lms("list").output
    assert "cli-exam" in listed
    assert "已组卷" in listed


def test_a_session_whose_record_was_changed_is_found_out(lms, city):
    made = make_exam(city.city)
    draw = {**session_row(made.session_id).draw, "seed": "another"}
    with unit_of_work(SYSTEM) as uow:
        uow.change(update(ExamSession).where(ExamSession.id == made.session_id).values(draw=draw))
    done = lms("verify", made.slug, 1)
    assert done.exit_code == 1
    assert "不一致" in done.output


def test_marking_publishing_and_receipts(lms, city):
    made = make_exam(city.city)
    person_id = make_person(org_id=city.community_a)
    service.register(actor_for(person_id), made.session_id)
    sitting_id = start(fastpath(), made.session_id, person_id).sitting_id
    secret = kernel().config.secret_key
    saved = saving.save(fastpath(), secret, Claims(sitting_id, 1, ""), [Entry(1, 0, 1, False), Entry(2, 4, 3, False)])
    final = service.submit(sitting_id).receipt
    printed = lms("receipt", sitting_id).output
    assert all(receipt in printed for _seq, receipt in saved.receipts)
    assert final in printed
    assert lms("receipt", sitting_id, "--receipt", saved.receipts[0][1]).exit_code == 0
    assert lms("receipt", sitting_id, "--receipt", final).exit_code == 0
    assert lms("receipt", sitting_id, "--receipt", "0" * 20).exit_code == 1
    assert "1" in lms("grade", made.slug, 1).output
    assert lms("publish", made.slug, 1).exit_code == 0
    assert session_row(made.session_id).state is SessionState.PUBLISHED


@pytest.mark.parametrize(
    "args", [("freeze", "none", 1), ("grade", "none", 1), ("create", "x", "--bank", "none", "--title", "x")]
)
def test_what_does_not_exist_is_refused(lms, city, args):
    assert lms(*args).exit_code != 0
