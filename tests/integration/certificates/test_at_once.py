"""Real connections and processes: two at the same moment, and a worker killed in the middle."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from sqlalchemy import func, select

from lms.access.actors import actor_for
from lms.certificates import queries, service
from lms.certificates.models import Certificate, CertificateDocument, IssueBatch, NumberSeries
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.jobs import worker
from lms.kernel.models import Job, JobState
from lms.kernel.runtime import kernel
from lms.testing.factories.access import make_officer
from lms.testing.factories.certificates import earn, make_ground, make_kind
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person
from lms.testing.threads import together


@pytest.fixture
def scene(real_app):
    with real_app.app_context():
        city = make_small_city()
        ground, kind = make_ground(city.city), make_kind(city.city)
        people = [make_person(f"人{number}", city.community_a) for number in range(10)]
        earn(ground, people)
        officers = [actor_for(make_officer("hr_officer", city.county_a)) for _number in range(2)]
    return real_app, kind, people, officers


def test_two_simultaneous_issues_give_one_certificate(scene):
    app, kind, people, officers = scene
    first, second = together(app, *(lambda actor=actor: service.issue(actor, kind, people[0]) for actor in officers))
    assert first == second
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Certificate)) == 1
        assert db.session.scalar(select(NumberSeries.last)) == 1


def test_many_simultaneous_issues_are_numbered_without_gaps(scene):
    app, kind, people, officers = scene
    together(app, *(lambda person=person: service.issue(officers[0], kind, person) for person in people[:6]))
    with app.app_context():
        numbers = db.session.scalars(select(Certificate.number).order_by(Certificate.number)).all()
        assert [int(number[-6:]) for number in numbers] == [1, 2, 3, 4, 5, 6]


def test_revoking_and_revoking_at_once_ends_it_once(scene):
    app, kind, people, officers = scene
    with app.app_context():
        certificate = service.issue(SYSTEM, kind, people[0])
    answers = together(app, *(lambda actor=actor: service.revoke(actor, certificate, "同时") for actor in officers))
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "NoneType"]


def test_two_printers_at_once_keep_one_document(scene):
    app, kind, people, _officers = scene
    with app.app_context():
        certificate = service.issue(SYSTEM, kind, people[0], print_now=False)
    assert sum(together(app, *(lambda: service.print_missing([certificate]),) * 2)) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(CertificateDocument)) == 1


def test_a_cohort_is_issued_and_printed_in_the_background(scene):
    app, kind, people, officers = scene
    with app.app_context():
        stranger = make_person("没考过")
        batch_id = service.request_issue(officers[0], kind, [*people, stranger])
    worker.drain(app)
    with app.app_context():
        batch = db.session.get_one(IssueBatch, batch_id)
        job = db.session.get_one(Job, batch.job_id)
        assert (job.state, job.result) == (JobState.DONE, {"issued": 10, "refused": 1})
        assert job.progress_done == job.progress_total
        assert batch.outcome[stranger.hex]["code"] == "not_found"
        assert {len(queries.own(person)) for person in people} == {1}
        assert all(queries.own(person)[0].printed for person in people)
        assert service.check_all() == (10, [])


def test_a_cohort_whose_worker_was_killed_goes_on_without_doubles(scene, monkeypatch):
    app, kind, people, officers = scene
    with app.app_context():
        batch_id = service.request_issue(officers[0], kind, people[:4])

    class Killed(BaseException):
        """Like SIGKILL: nothing after it runs, no state is written."""

    real, issued = service.issue, []

    def dying(*args, **options):
        if len(issued) == 2:
            raise Killed
        issued.append(real(*args, **options))
        return issued[-1]

    with monkeypatch.context() as patched:
        patched.setattr(service, "issue", dying)
        with pytest.raises(Killed):
            worker.run_one(app, "dying")
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Certificate)) == 2
        job = db.session.get_one(Job, db.session.get_one(IssueBatch, batch_id).job_id)
        assert job.state is JobState.RUNNING
        job.lease_until = job.started_at
        db.session.commit()
    worker.drain(app)
    with app.app_context():
        assert len(db.session.get_one(IssueBatch, batch_id).outcome) == 4
        assert service.check_all() == (4, [])
        assert db.session.scalar(select(func.count()).select_from(CertificateDocument)) == 4


DYING_WORKER = """
import os, signal, sys
from pathlib import Path
from lms.kernel.files import FileStore
from lms.kernel.jobs import worker
from lms.testing.plugin import build_test_app

kept = FileStore.put

def put_and_die(store, *args, **values):
    kept(store, *args, **values)
    os.kill(os.getpid(), signal.SIGKILL)

FileStore.put = put_and_die
worker.run_one(build_test_app(sys.argv[1], Path(sys.argv[2])), "dying")
"""


def test_a_printing_worker_killed_with_the_pdf_in_its_hands_leaves_one_document_after_the_next_run(scene):
    app, kind, people, officers = scene
    with app.app_context():
        certificate = service.issue(officers[0], kind, people[0])
        config = kernel().config
    died = subprocess.run([sys.executable, "-c", DYING_WORKER, config.database_url, str(config.data_dir)], check=False)
    assert died.returncode == -signal.SIGKILL
    with app.app_context():
        job = db.session.scalars(select(Job).where(Job.name == "certificates.print")).one()
        assert job.state is JobState.RUNNING
        assert db.session.scalars(select(CertificateDocument)).all() == []
        job.lease_until = job.started_at
        db.session.commit()
    worker.drain(app)
    with app.app_context():
        assert db.session.scalars(select(CertificateDocument.certificate_id)).all() == [certificate]
        assert service.check_all() == (1, [])
