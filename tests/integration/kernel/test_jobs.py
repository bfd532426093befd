"""The life of a job's row: claimed, retried, failed, cancelled, asked for again, queued by itself."""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid

import pytest
from sqlalchemy import func, select, update

from lms.kernel import audit, clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, NotFound
from lms.kernel.jobs import queue, sweeper, worker
from lms.kernel.jobs.registry import JobSpec
from lms.kernel.jobs.worker import JobContext, LeaseLost, NotYet, claim, drain, job_or_none, run_one
from lms.kernel.models import Job, JobState
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work
from lms.testing.queries import count_queries
from tests.integration.kernel.support import LEASE_SECONDS
from tests.integration.kernel.support import enqueue as enqueue_in

START = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)


@pytest.fixture
def declare(app):
    """Declare jobs for one test; others that the rooms brought are out of the way."""
    registry = kernel().jobs
    kept = dict(registry.specs)
    registry.specs.clear()
    yield lambda name, handler=lambda _context, _payload: None, **options: registry.declare(
        JobSpec(name, handler, name, **options)
    )
    registry.specs.clear()
    registry.specs.update(kept)


def enqueue(name: str = "test.job", **options) -> uuid.UUID:
    with unit_of_work(SYSTEM) as uow:
        return queue.enqueue(uow, name, {}, **options)


def job(job_id: uuid.UUID) -> Job:
    found = job_or_none(job_id)
    assert found is not None
    return found


def later(seconds: float) -> dt.datetime:
    return START + dt.timedelta(seconds=seconds)


def test_a_job_and_what_asked_for_it_are_rolled_back_together(app, declare):
    declare("test.job")

    def fail() -> None:
        with unit_of_work(SYSTEM) as uow:
            queue.enqueue(uow, "test.job", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert db.session.scalars(select(Job)).all() == []


def test_a_job_nobody_declares_cannot_be_queued(app, declare):
    with pytest.raises(LookupError, match=r"test\.gone"):
        enqueue("test.gone")


def test_a_failing_job_is_tried_again_after_growing_pauses_and_then_failed(app, declare):
    def fail(_context, _payload):
        raise ValueError("no such sheet")

    declare("test.job", fail)
    with clock.frozen(START):
        job_id = enqueue()
        assert run_one(app, "w")
    assert (job(job_id).state, job(job_id).attempts, job(job_id).run_at) == (JobState.QUEUED, 1, later(2))
    with clock.frozen(later(1)):
        assert not run_one(app, "w")
    with clock.frozen(later(2)):
        assert run_one(app, "w")
    assert job(job_id).run_at == later(6)
    with clock.frozen(later(6)):
        assert run_one(app, "w")
    failed = job(job_id)
    assert (failed.state, failed.attempts, failed.finished_at) == (JobState.FAILED, 3, later(6))
    assert "ValueError: no such sheet" in failed.error


def test_a_job_that_succeeds_at_last_shows_no_error(app, declare):
    tries = []

    def flaky(_context, _payload):
        tries.append(1)
        if len(tries) == 1:
            raise OSError("mail server away")
        return {"sent": 1}

    declare("test.job", flaky)
    job_id = enqueue()
    run_one(app, "w")
    assert "mail server away" in job(job_id).error
    with clock.frozen(clock.now() + dt.timedelta(minutes=1)):
        run_one(app, "w")
    assert (job(job_id).state, job(job_id).error, job(job_id).result) == (JobState.DONE, "", {"sent": 1})


def test_a_result_that_cannot_be_stored_fails_the_job_instead_of_leaving_it_running(app, declare):
    declare("test.job", lambda _context, _payload: {"when": object()}, max_attempts=1)
    job_id = enqueue()
    run_one(app, "w")
    assert job(job_id).state is JobState.FAILED
    assert "TypeError" in job(job_id).error


def test_progress_is_seen_by_others_while_the_job_works(app, declare):
    seen = []

    def work(context, _payload):
        context.progress(3, 10, {"zh_CN": "正在核对"})
        seen.append(
            (job(context.job_id).progress_done, job(context.job_id).progress_total, job(context.job_id).message)
        )

    declare("test.job", work)
    enqueue()
    run_one(app, "w")
    assert seen == [(3, 10, {"zh_CN": "正在核对"})]


def test_a_worker_whose_lease_ran_out_is_stopped_and_cannot_write_the_end(app, declare):
    declare("test.job")
    with clock.frozen(START):
        job_id = enqueue()
        slow = claim("slow")
    length = kernel().config.job_lease_seconds
    with clock.frozen(later(length)):
        assert claim("quick") is None
    with clock.frozen(later(length + 1)):
        quick = claim("quick")
        assert (quick.id, quick.attempts, slow.attempts) == (job_id, 2, 1)
        with pytest.raises(LeaseLost):
            JobContext(job_id, None, "slow").progress(1, 2)
        worker._execute(slow, "slow")
        assert (job(job_id).state, job(job_id).worker) == (JobState.RUNNING, "quick")
        worker._execute(quick, "quick")
    assert job(job_id).state is JobState.DONE


def test_a_job_whose_worker_dies_each_time_is_given_up_and_the_next_one_still_runs(app, declare):
    ran = []
    declare("test.job", lambda context, _payload: ran.append(context.job_id), max_attempts=1)
    with clock.frozen(START):
        deadly, harmless = enqueue(), enqueue()
        claim("dies", deadly)
    with clock.frozen(later(3600)):
        assert drain(app) == 1
    assert ran == [harmless]
    assert (job(deadly).state, job(deadly).error) == (JobState.FAILED, "the worker died each time")


def test_a_lease_is_whole_however_long_the_worker_waited_for_the_database(jobs_app):
    job_id, locked = enqueue_in(jobs_app, "test.wait").id, threading.Event()

    def write_slowly() -> None:
        with jobs_app.app_context(), unit_of_work(SYSTEM) as uow:
            uow.change(update(Job).where(Job.id != job_id).values(worker="elsewhere"))
            locked.set()
            time.sleep(LEASE_SECONDS / 2)

    other = threading.Thread(target=write_slowly)
    other.start()
    locked.wait()
    with jobs_app.app_context():
        taken = claim("w", job_id)
        left = taken.lease_until - clock.now()
    other.join()
    assert left.total_seconds() > LEASE_SECONDS * 0.75


def test_an_idle_worker_only_reads(app, declare):
    with count_queries() as seen:
        assert not run_one(app, "w")
    assert [statement.split()[0] for statement in seen.statements] == ["SELECT"]


def test_a_job_for_later_waits_for_its_moment(app, declare):
    declare("test.job")
    with clock.frozen(START):
        job_id = enqueue(run_at=later(60))
        assert not run_one(app, "w")
    with clock.frozen(later(60)):
        assert run_one(app, "w")
    assert job(job_id).state is JobState.DONE


def test_a_job_that_cannot_work_yet_is_asked_again_without_losing_a_try_and_says_why(app, declare):
    ready = []

    def handler(_context, _payload):
        if not ready:
            raise NotYet({"zh_CN": "在等待", "en": "waiting"}, dt.timedelta(seconds=30))

    declare("test.job", handler, max_attempts=1)
    with clock.frozen(START):
        job_id = enqueue()
    for asked in range(3):
        with clock.frozen(later(30 * asked)):
            assert drain(app) == 1
        waiting = job(job_id)
        assert (waiting.state, waiting.attempts, waiting.error) == (JobState.QUEUED, 0, "")
        assert waiting.message == {"zh_CN": "在等待", "en": "waiting"}
        assert waiting.run_at == later(30 * asked + 30)
    ready.append(True)
    with clock.frozen(later(90)):
        drain(app)
    assert job(job_id).state is JobState.DONE


def test_asking_twice_with_one_key_is_one_job_however_it_ended(app, declare):
    declare("test.job")
    first = enqueue(key="import:1")
    run_one(app, "w")
    assert enqueue(key="import:1") == first
    assert db.session.scalar(select(func.count()).select_from(Job)) == 1


def test_a_queued_job_can_be_cancelled_and_asked_for_again(app, declare):
    ran = []
    declare("test.job", lambda *_: ran.append(1))
    job_id = enqueue()
    queue.cancel(SYSTEM, job_id)
    assert not run_one(app, "w")
    with pytest.raises(Conflict):
        queue.cancel(SYSTEM, job_id)
    queue.again(SYSTEM, job_id)
    assert run_one(app, "w")
    assert (ran, job(job_id).state) == ([1], JobState.DONE)
    with pytest.raises(Conflict):
        queue.again(SYSTEM, job_id)
    actions = db.session.scalars(select(audit.AuditEntry.action).order_by(audit.AuditEntry.seq)).all()
    assert actions == ["job.cancel", "job.again"]


def test_a_failed_job_asked_for_again_starts_as_if_new(app, declare):
    def fail(context, _payload):
        context.progress(4, 9)
        raise ValueError

    declare("test.job", fail, max_attempts=1)
    job_id = enqueue()
    run_one(app, "w")
    queue.again(SYSTEM, job_id)
    fresh = job(job_id)
    assert (fresh.state, fresh.attempts, fresh.error, fresh.progress_done, fresh.finished_at) == (
        JobState.QUEUED, 0, "", 0, None,
    )  # fmt: skip


@pytest.mark.parametrize("act", [queue.cancel, queue.again])
def test_an_unknown_job_is_not_found(app, act):
    with pytest.raises(NotFound):
        act(SYSTEM, uuid.uuid4())


def test_what_a_job_does_is_recorded_under_the_jobs_name(app, declare):
    def work(_context, _payload):
        with unit_of_work(SYSTEM) as uow:
            uow.audit("test.did", "thing", "1")

    declare("test.job", work)
    job_id = enqueue()
    run_one(app, "w")
    assert db.session.scalar(select(audit.AuditEntry.request_id)) == f"job-{job_id.hex}"
    assert audit.request_id.get() == ""


def test_a_recurring_job_is_queued_once_in_each_period_and_old_runs_are_forgotten(app, declare):
    declare("test.every", every_seconds=600)
    declare("test.once")
    with clock.frozen(START):
        sweeper.queue_recurring()
        sweeper.queue_recurring()
        assert drain(app) == 1
    with clock.frozen(later(599)), count_queries() as seen:
        sweeper.queue_recurring()
    assert seen.count == 1
    with clock.frozen(later(600)):
        sweeper.queue_recurring()
        assert drain(app) == 1
    with clock.frozen(START + sweeper.KEEP_RECURRING + dt.timedelta(seconds=300)):
        sweeper.queue_recurring()
    ended = db.session.scalars(select(Job.finished_at).order_by(Job.finished_at)).all()
    assert ended == [later(600), None] or ended == [None, later(600)]


def test_a_failed_recurring_job_is_not_forgotten(app, declare):
    declare("test.every", every_seconds=600, max_attempts=1)
    with clock.frozen(START):
        sweeper.queue_recurring()
        with unit_of_work(SYSTEM) as uow:
            uow.change(update(Job).values(state=JobState.FAILED, finished_at=START))
    with clock.frozen(START + dt.timedelta(days=400)):
        sweeper.queue_recurring()
    assert db.session.scalar(select(func.count()).select_from(Job)) == 2


def test_many_workers_agree_on_one_recurring_job(jobs_app):
    jobs_app.extensions["lms"].jobs.declare(JobSpec("test.every", lambda *_: None, "x", every_seconds=86400))
    barrier, failures = threading.Barrier(6), []

    def tend() -> None:
        with jobs_app.app_context():
            barrier.wait()
            try:
                sweeper.queue_recurring()
            except Exception as error:  # noqa: BLE001
                failures.append(error)

    threads = [threading.Thread(target=tend) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with jobs_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Job)) == 1


class Recorder:
    """A transport that only notes what it was given."""

    def __init__(self) -> None:
        self.sent: list[uuid.UUID] = []

    def announce(self, job_id: uuid.UUID) -> None:
        self.sent.append(job_id)


@pytest.fixture
def transport(app):
    recorder, real = Recorder(), kernel().transport
    object.__setattr__(kernel(), "transport", recorder)
    yield recorder
    object.__setattr__(kernel(), "transport", real)


def test_ids_travel_after_the_commit_and_again_only_when_nobody_took_the_job(app, declare, transport):
    declare("test.job")
    length = kernel().config.job_lease_seconds
    with clock.frozen(START):
        with unit_of_work(SYSTEM) as uow:
            job_id = queue.enqueue(uow, "test.job", {})
            assert transport.sent == []
        assert transport.sent == [job_id]
        assert sweeper.announce_overdue() == 0
    with clock.frozen(later(length + 1)):
        assert sweeper.announce_overdue() == 1
        assert sweeper.announce_overdue() == 0
    assert transport.sent == [job_id] * 2


def test_jobs_for_later_and_second_tries_are_announced_when_they_are_due(app, declare, transport):
    def fail(_context, _payload):
        raise ValueError

    declare("test.job", fail)
    with clock.frozen(START):
        failing = enqueue()
        run_one(app, "w")
        waiting = enqueue(run_at=later(60))
        assert sweeper.announce_overdue() == 0
    with clock.frozen(later(2)):
        assert sweeper.announce_overdue() == 1
    with clock.frozen(later(60)):
        assert sweeper.announce_overdue() == 2
    assert transport.sent == [failing, failing, failing, waiting]


def test_a_job_whose_worker_was_lost_is_announced_again_when_its_lease_has_run_out(app, declare, transport):
    declare("test.job")
    length = kernel().config.job_lease_seconds
    with clock.frozen(START):
        job_id = enqueue()
        claim("lost")
    with clock.frozen(later(length)):
        assert sweeper.announce_overdue() == 0
    with clock.frozen(later(length + 1)):
        assert sweeper.announce_overdue() == 1
    assert transport.sent == [job_id] * 2
