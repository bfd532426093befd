"""Real commits, real connections, real processes: what must hold when things happen in one moment, or break off."""

from __future__ import annotations

import datetime as dt
import http.client
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from lms.access import policy
from lms.access.actors import actor_for
from lms.exams import saving, service, starting
from lms.exams.dto import Claims, Entry
from lms.exams.events import SittingSubmitted
from lms.exams.front import TOKEN_HEADER
from lms.exams.models import AnswerEntry, ExamSession, PaperForm, Result, Seat, SeatState, SessionState, Sitting
from lms.exams.receipts import final_receipt, login_mark, make_token
from lms.exams.service.submitting import answers_of
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, LmsError
from lms.kernel.fastpath import fastpath
from lms.kernel.models import OutboxEvent
from lms.kernel.runtime import kernel
from lms.orgs.models import OrgUnit
from lms.testing.factories.access import sign_in
from lms.testing.factories.exams import make_exam
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person
from lms.testing.servers import free_port

SECRET = "secret"
MANY = 6


@pytest.fixture
def hall(real_app):
    """A frozen session that is open, with one registered person."""
    with real_app.app_context():
        city = make_small_city()
        made = make_exam(city.city)
        person_id = make_person(org_id=city.community_a)
        service.register(actor_for(person_id), made.session_id)
        db.session.remove()
    return real_app, made, person_id


def at_once(app, call, times=MANY):
    """Run `call(number)` in several threads at the same moment; refusals are returned as results."""
    gate = threading.Barrier(times)

    def one(number):
        with app.app_context():
            gate.wait(timeout=30)
            try:
                return call(number)
            except LmsError as error:
                return error

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_simultaneous_starts_give_one_sitting(hall):
    app, made, person_id = hall
    results = at_once(app, lambda _n: starting.start(fastpath(), made.session_id, person_id))
    assert len({started.sitting_id for started in results}) == 1
    assert sum(started.fresh for started in results) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Sitting)) == 1


def test_simultaneous_submissions_give_one(hall):
    app, made, person_id = hall
    with app.app_context():
        sitting_id = starting.start(fastpath(), made.session_id, person_id).sitting_id
        saving.save(fastpath(), SECRET, Claims(sitting_id, 1, ""), [Entry(1, 0, 1, False)])
    results = at_once(app, lambda _n: service.submit(sitting_id))
    assert len(set(results)) == 1
    with app.app_context():
        told = select(func.count()).where(OutboxEvent.name == SittingSubmitted.name)
        assert db.session.scalar(told) == 1


def test_the_same_answer_sent_by_many_at_once_is_one_row_with_one_receipt(hall):
    app, made, person_id = hall
    with app.app_context():
        sitting_id = starting.start(fastpath(), made.session_id, person_id).sitting_id
    claims = Claims(sitting_id, 1, "")
    results = at_once(app, lambda _n: saving.save(fastpath(), SECRET, claims, [Entry(1, 0, 1, False)]))
    assert len({tuple(saved.receipts) for saved in results}) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AnswerEntry)) == 1


def test_an_acknowledged_answer_always_counts_when_saving_races_with_handing_in(hall):
    app, made, _person = hall
    for _round in range(4):
        with app.app_context():
            person_id = make_person()
            service.register(actor_for(person_id), made.session_id)
            sitting_id = starting.start(fastpath(), made.session_id, person_id).sitting_id
            db.session.remove()
        sequence, begun = itertools.count(1), threading.Event()

        def act(number, sitting_id=sitting_id, sequence=sequence, begun=begun):
            """One thread hands in after a few saves; the others save until they are refused."""
            if number == 0:
                begun.wait(10)
                return service.submit(sitting_id)
            acknowledged = []
            for seq in sequence:
                entry = Entry(seq, seq % 9, 1 + seq % 7, False)
                try:
                    saving.save(fastpath(), SECRET, Claims(sitting_id, 1, ""), [entry])
                except Conflict as refusal:
                    return acknowledged if refusal.code == "submitted" else refusal
                acknowledged.append(seq)
                if len(acknowledged) > 3:
                    begun.set()
            return acknowledged

        submitted, *acknowledged = at_once(app, act, 4)
        with app.app_context():
            kept = set(db.session.scalars(select(AnswerEntry.seq).where(AnswerEntry.sitting_id == sitting_id)))
            assert kept == set(itertools.chain(*acknowledged))
            # What submitting saw under its lock is what is there for ever: nothing came after it.
            now = final_receipt(kernel().config.secret_key, sitting_id, submitted.submitted_at, answers_of(sitting_id))
            assert now == submitted.receipt


def test_simultaneous_take_overs_give_each_device_its_own_number(hall):
    app, made, person_id = hall
    with app.app_context():
        sitting_id = starting.start(fastpath(), made.session_id, person_id).sitting_id
    results = at_once(app, lambda _n: starting.take_over(fastpath(), sitting_id, person_id))
    assert sorted(started.device for started in results) == list(range(2, MANY + 2))


def test_simultaneous_registrations_give_different_tickets_and_one_seat_each(hall):
    app, made, _person = hall
    with app.app_context():
        people = [make_person() for _n in range(3)] * 2
        db.session.remove()
    results = at_once(app, lambda number: service.register(actor_for(people[number]), made.session_id))
    assert sorted(results[:3]) == sorted(results[3:])
    assert len(set(results)) == 3
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Seat)) == 4


def test_starting_and_cancelling_at_once_leaves_no_sitting_without_a_seat(hall):
    app, made, _person = hall
    for _round in range(4):
        with app.app_context():
            person_id = make_person()
            service.register(actor_for(person_id), made.session_id)
            db.session.remove()

        def act(number, person_id=person_id):
            if number % 2:
                return service.cancel_seat(actor_for(person_id), made.session_id)
            return starting.start(fastpath(), made.session_id, person_id)

        at_once(app, act, 2)
        with app.app_context():
            begun = db.session.scalar(select(Sitting.id).where(Sitting.person_id == person_id))
            state = db.session.scalars(select(Seat.state).where(Seat.person_id == person_id)).one()
            assert (state is SeatState.REGISTERED) == (begun is not None)
            db.session.remove()


def start_in_the_middle_of(app, monkeypatch, made, person_id, act):
    """Let `act` take its locks, let the candidate begin meanwhile, and let both end; the candidate's outcome."""
    inside, begun, outcomes = threading.Event(), threading.Event(), []
    require = policy.require

    def paused(*args):
        require(*args)
        inside.set()
        begun.wait(0.7)  # a start that has to wait for us never sets it

    monkeypatch.setattr(policy, "require", paused)

    def candidate():
        assert inside.wait(30)
        with app.app_context():
            try:
                outcomes.append(starting.start(fastpath(), made.session_id, person_id))
            except LmsError as error:
                outcomes.append(error)
        begun.set()

    thread = threading.Thread(target=candidate)
    thread.start()
    with app.app_context():
        act()
        db.session.remove()
    thread.join()
    return outcomes[0]


def test_extra_minutes_granted_while_the_candidate_starts_are_in_the_deadline_or_refused(hall, monkeypatch):
    app, made, person_id = hall
    with app.app_context():
        seat_id = db.session.scalars(select(Seat.id)).one()
        db.session.remove()
    refused = []

    def grant():
        try:
            service.set_extra_minutes(SYSTEM, seat_id, 20)
        except Conflict as error:
            refused.append(error)

    started = start_in_the_middle_of(app, monkeypatch, made, person_id, grant)
    minutes = round((started.deadline_at - started.now).total_seconds() / 60)
    assert minutes == (60 if refused else 80)


def test_nobody_begins_a_session_that_is_cancelled_in_the_same_moment(hall, monkeypatch):
    app, made, person_id = hall

    def cancel():
        with clock.frozen(clock.now() - dt.timedelta(hours=1)):  # a web server whose clock is slow
            service.cancel_session(SYSTEM, made.session_id, "停电")

    outcome = start_in_the_middle_of(app, monkeypatch, made, person_id, cancel)
    with app.app_context():
        assert db.session.scalars(select(ExamSession.state)).one() is SessionState.CANCELLED
        assert db.session.scalar(select(func.count()).select_from(Sitting)) == 0
    assert isinstance(outcome, Conflict)


def test_simultaneous_freezing_marking_and_publishing_happen_once(hall):
    app, made, person_id = hall
    with app.app_context():
        other = make_exam(db.session.scalars(select(OrgUnit.id)).first(), frozen=False)
        sitting_id = starting.start(fastpath(), made.session_id, person_id).sitting_id
        service.submit(sitting_id)
        db.session.remove()
    frozen = at_once(app, lambda _n: service.freeze(SYSTEM, other.session_id), 3)
    assert sum(not isinstance(result, LmsError) for result in frozen) == 1
    closed = at_once(app, lambda _n: service.close_session(SYSTEM, made.session_id), 3)
    assert sum(not isinstance(result, LmsError) for result in closed) == 1
    assert sum(at_once(app, lambda _n: service.grade_session(made.session_id), 3)) == 1
    published = at_once(app, lambda _n: service.publish(SYSTEM, made.session_id), 3)
    assert sum(not isinstance(result, LmsError) for result in published) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Result)) == 1
        forms = select(func.count()).where(PaperForm.session_id == other.session_id)
        assert db.session.scalar(forms) == 2


# --- a web process that dies


class Server:
    """`lms serve` on the test's own database, killed without mercy."""

    def __init__(self, app):
        with app.app_context():
            config = kernel().config
        self.port = free_port()
        self.environment = {
            **os.environ,
            "LMS_DATABASE_URL": config.database_url,
            "LMS_DATA_DIR": str(config.data_dir),
            "LMS_LOG_LEVEL": "ERROR",
        }
        self.process = None

    def start(self):
        command = [sys.executable, "-m", "lms", "serve", "--port", str(self.port), "--processes", "1", "--no-worker"]
        self.process = subprocess.Popen(command, env=self.environment, start_new_session=True)
        for _try in range(300):
            assert self.process.poll() is None
            try:
                self.ask("GET", "/healthz")
            except OSError:
                time.sleep(0.1)
            else:
                return
        pytest.fail("the server did not start")

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=20)

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


@pytest.mark.slow
def test_killing_the_web_process_between_two_answers_loses_nothing(hall):
    app, made, person_id = hall
    with app.app_context():
        client = app.test_client()
        sign_in(client, person_id)
        cookie = client.get_cookie("sign_in").value
        sitting_id = starting.start(fastpath(), made.session_id, person_id).sitting_id
        token = make_token(app.config["SECRET_KEY"], Claims(sitting_id, 1, login_mark(cookie)))
        db.session.remove()
    headers = {"Cookie": f"sign_in={cookie}", TOKEN_HEADER: token, "Content-Type": "application/json"}

    def save(*seqs):
        entries = [{"seq": seq, "position": seq % 9, "choice": 1 + seq, "marked": False} for seq in seqs]
        body = json.dumps({"device": 1, "entries": entries})
        status, answer = server.ask("POST", f"/exams/sittings/{sitting_id}/answers", body, headers)
        assert status == 200, answer
        return [(one["seq"], one["receipt"]) for one in json.loads(answer)["receipts"]]

    server = Server(app)
    server.start()
    acknowledged = [*save(1), *save(2), *save(3)]
    server.kill()
    with app.app_context():
        assert set(db.session.scalars(select(AnswerEntry.seq))) == {1, 2, 3}
        db.session.remove()
    server.start()
    try:
        assert save(3, 1, 2) == [acknowledged[2], acknowledged[0], acknowledged[1]]  # sent again, out of order
        save(4)
    finally:
        server.kill()
    with app.app_context():
        submitted = service.submit(sitting_id)
        assert submitted.answered == 4
