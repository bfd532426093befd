"""The examinations around the walk: one sat and published with certificates, one to come, one open to try out."""

from __future__ import annotations

import datetime as dt
import math
import random
import uuid
from collections.abc import Sequence

from lms.access.actors import actor_for
from lms.certificates import queries as certificates
from lms.certificates import service as certifying
from lms.demo.neighbours import Neighbours, Note
from lms.demo.roster import SEED
from lms.demo.stage import CITY_COURSE, MOCK_EXAM, actor_of
from lms.exams import queries, saving, service, starting
from lms.exams.dto import Claims, Entry, KeyRow
from lms.exams.models import Exam, ExamSession, PaperForm, SessionState
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.fastpath import fastpath
from lms.kernel.runtime import kernel
from lms.questions.dto import MULTIPLE

KIND = "CDSGY"
LEFT_WAITING = 4
"""So many who passed have no certificate yet: somebody trying the HR desk finds work there."""
MOCK_DAYS = 30


def hold_exams(people: Neighbours, note: Note) -> None:
    """Let the candidates have sat the city's exam, announce its next date, and keep the mock exam open."""
    officer = actor_of("exam_officer")
    exam = queries.exam(officer, CITY_COURSE)
    first = _first_session(officer, exam)
    if first.state is SessionState.FROZEN:
        _sit(first, people.candidates, note)
        service.close_session(officer, first.id)
    if first.state is SessionState.CLOSED:
        service.grade_session(first.id)
        service.publish(officer, first.id)
    _announce_next(officer, exam, people.waiting)
    _open_mock(officer)


def issue_certificates(note: Note) -> int:
    """Issue to all but a few of who passed, and print; how many."""
    officer, kind = actor_of("hr_officer"), certificates.kind(KIND)
    found = [certificates.candidate(row) for row in db.session.execute(certificates.candidates(officer, kind))]
    made = [certifying.issue(officer, KIND, one.person_id, print_now=False) for one in found[:-LEFT_WAITING]]
    return certifying.print_missing(made, lambda done, total: note(f"{done} of {total} certificates"))


def _first_session(officer: Actor, exam: Exam) -> ExamSession:
    """The first session, announced and frozen on the first run: it has been open for some days."""
    held = queries.sessions(exam.id)
    if not held:
        opened, closes = clock.now() - dt.timedelta(days=3), clock.now() + dt.timedelta(hours=6)
        service.create_session(officer, exam.id, opens_at=opened, closes_at=closes, register_until=closes)
    first = queries.sessions(exam.id)[-1]
    if first.state is SessionState.DRAFT:
        service.freeze(officer, first.id)
    return first


def _sit(session: ExamSession, people: Sequence[uuid.UUID], note: Note) -> None:
    """Let everybody sit it, each as able as chance made them."""
    chance = random.Random(SEED)  # noqa: S311 - invented answers, not secrets
    for number, person_id in enumerate(people, 1):
        note(f"{number} of {len(people)} sittings")
        service.register(actor_for(person_id), session.id)
        started = starting.start(fastpath(), session.id, person_id)
        form = queries.form(queries.own_sitting(person_id, started.sitting_id).form_id)
        claims = Claims(started.sitting_id, started.device, login="")
        saving.keep(fastpath(), kernel().config.secret_key, claims, _answers(form, chance))
        service.submit(started.sitting_id)


def _answers(form: PaperForm, chance: random.Random) -> list[Entry]:
    """An answer to each item: the abler the person and the easier the item, the likelier it is right (Rasch)."""
    ability = chance.gauss(1.5, 0.9)
    entries = []
    for position, row in enumerate(form.key):
        difficulty = random.Random(row["ref"]).gauss(0, 1)  # noqa: S311 - the same for everybody
        right = chance.random() < 1 / (1 + math.exp(difficulty - ability))
        entries.append(Entry(position + 1, position, _choice(KeyRow.from_json(row), chance, right=right), marked=False))
    return entries


def _choice(key: KeyRow, chance: random.Random, *, right: bool) -> int:
    """A bit set of options: the key; or a part of it (multiple), or one wrong option."""
    picked = sorted(key.key)
    if not right and key.kind == MULTIPLE and chance.random() < 0.6:
        picked = picked[:-1]
    elif not right:
        picked = [chance.choice([option for option in range(len(key.order)) if option not in key.key])]
    return sum(1 << option for option in picked)


def _announce_next(officer: Actor, exam: Exam, people: Sequence[uuid.UUID]) -> None:
    """A date to come, with a few registered; nothing where one is announced."""
    now = clock.now()
    if any(session.opens_at > now for session in queries.sessions(exam.id)):
        return
    opens = clock.start_of_day(clock.today() + dt.timedelta(days=10)) + dt.timedelta(hours=9)
    session_id = service.create_session(
        officer,
        exam.id,
        opens_at=opens,
        closes_at=opens + dt.timedelta(hours=2),
        register_until=opens - dt.timedelta(days=2),
    )
    for person_id in people:
        service.register(actor_for(person_id), session_id)


def _open_mock(officer: Actor) -> None:
    """A mock session that whoever signs in may sit at any time."""
    exam, tomorrow = queries.exam(officer, MOCK_EXAM), clock.now() + dt.timedelta(days=1)
    running = (session for session in queries.sessions(exam.id) if session.state is SessionState.FROZEN)
    if any(session.closes_at > tomorrow for session in running):
        return
    opens, closes = clock.now(), clock.now() + dt.timedelta(days=MOCK_DAYS)
    session_id = service.create_session(officer, exam.id, opens_at=opens, closes_at=closes, register_until=closes)
    service.freeze(officer, session_id)
