"""The academy the browser visits: a small city, one course, one exam, one kind of certificate, and who works there."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select

from lms.access.actors import actor_for
from lms.access.service import grant_role
from lms.certificates import service as certificates
from lms.certificates.models import Certificate, CertificateKind
from lms.classes.attendance_models import AttendanceRecord
from lms.classes.models import ClassGroup, ClassMeeting, ClassRule
from lms.classes.rotation_models import RotationWave
from lms.credits.cycles.models import CycleChange
from lms.credits.evidence.models import EvidenceClaim, EvidenceRule
from lms.credits.obligations.models import ObligationPolicy
from lms.demand.models import Wish
from lms.exams import service as exams
from lms.exams.models import Seat
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.orgs.models import OrgUnit
from lms.people.models import Person
from lms.practice.models import PracticeLog, PracticeRule
from lms.programmes.plans.models import CultivationLook, CultivationMeasure, CultivationReport, CultivationRevision
from lms.testing.factories.access import make_account
from lms.testing.factories.certificates import SLUG, make_kind
from lms.testing.factories.courses import import_files, package_files, study
from lms.testing.factories.credits import qualify
from lms.testing.factories.exams import make_bank, make_items, make_plan, sit
from lms.testing.factories.orgs import SmallCity, make_small_city
from lms.testing.factories.people import make_person
from lms.testing.served import Academy

REASON = "市级岗位"
COURSE = "社区工作小课"
LEARNERS = ("陈思雨", "欧阳若溪", "周小满", "何俊杰", "阿依古丽·买买提江", "邓芳", "苏雨桐", "段文博")


@dataclass
class Scene:
    """What the tests know of the academy. Ids stay true for the whole run; each test makes its own people."""

    academy: Academy
    city: SmallCity
    exam_id: uuid.UUID
    bank_id: uuid.UUID
    holder: uuid.UUID
    made: int = 0

    def officer(self, *roles: str, name: str, org_id: uuid.UUID | None = None) -> uuid.UUID:
        """An officer of the city, or of a unit below it, with some roles."""
        with self.academy.app.app_context():
            unit = org_id or self.city.city
            person_id = make_person(name, unit)
            for role in roles:
                grant_role(SYSTEM, person_id=person_id, role=role, org_id=unit, reason=REASON)
            return person_id

    def learner(self, *, username: str = "", org_id: uuid.UUID | None = None, id_number: str = "") -> uuid.UUID:
        """A community worker with a registered qualification, with an account when a user name is given."""
        self.made += 1
        with self.academy.app.app_context():
            name, unit = LEARNERS[self.made % len(LEARNERS)], org_id or self.city.community_a
            person_id = make_person(name, unit, id_number=id_number)
            qualify(person_id)
            if username:
                make_account(person_id, username)
            return person_id

    def session(self, *, opens_in: int = -5) -> uuid.UUID:
        """One more session of the exam with frozen papers, open unless `opens_in` minutes says otherwise."""
        with self.academy.app.app_context():
            opens_at = clock.now() + dt.timedelta(minutes=opens_in)
            closes_at = opens_at + dt.timedelta(hours=2)
            session_id = exams.create_session(
                SYSTEM, self.exam_id, opens_at=opens_at, closes_at=closes_at, register_until=closes_at
            )
            exams.freeze(SYSTEM, session_id, seed="e2e")
            return session_id

    def candidate(self, session_id: uuid.UUID) -> uuid.UUID:
        """A learner who has completed the course and is registered for a session."""
        person_id = self.learner()
        with self.academy.app.app_context():
            study(person_id, SLUG)
            exams.register(actor_for(person_id), session_id)
        return person_id

    def seats(self, session_id: uuid.UUID, person_id: uuid.UUID) -> int:
        """How many seats a person has in a session."""
        with self.academy.app.app_context():
            query = select(Seat.id).where(Seat.session_id == session_id, Seat.person_id == person_id)
            return len(db.session.scalars(query).all())

    @property
    def words(self) -> set[str]:
        """The data of this academy that stays Chinese whatever the page's language: names and teaching matter."""
        with self.academy.app.app_context():
            names = {*db.session.scalars(select(Person.name)), *db.session.scalars(select(OrgUnit.name))}
            names |= {
                *db.session.scalars(select(CertificateKind.issuer)),
                *db.session.scalars(select(Certificate.claims)),
                *db.session.scalars(select(EvidenceRule.note)),
                *db.session.scalars(select(ObligationPolicy.note)),
                *db.session.scalars(select(CycleChange.reason)),
                *db.session.scalars(select(EvidenceClaim.title)),
                *db.session.scalars(select(EvidenceClaim.organiser)),
                *db.session.scalars(select(ClassRule.note)),
                *db.session.scalars(select(ClassGroup.title["zh_CN"].as_string())),
                *db.session.scalars(select(ClassGroup.about)),
                *db.session.scalars(select(ClassMeeting.title)),
                *db.session.scalars(select(ClassMeeting.place)),
                *db.session.scalars(select(AttendanceRecord.reason)),
                *db.session.scalars(select(RotationWave.title)),
                *db.session.scalars(select(Wish.title)),
                *db.session.scalars(select(PracticeRule.note)),
                *db.session.scalars(select(PracticeLog.activity)),
                *db.session.scalars(select(CultivationRevision.goals)),
                *db.session.scalars(select(CultivationMeasure.what)),
                *db.session.scalars(select(CultivationMeasure.outcome)),
                *db.session.scalars(select(CultivationReport.text)),
                *db.session.scalars(select(CultivationLook.text)),
                *db.session.scalars(select(CultivationLook.words)),
            }
        return names | self._matter | {REASON}

    @cached_property
    def _matter(self) -> set[str]:
        parts = (re.split(r"[{}:,~=#\"\n]", text) for text in package_files(SLUG, title=COURSE).values())
        items = make_items()
        texts = {item.stem for item in items} | {item.explanation for item in items}
        return {
            *(part.strip() for file in parts for part in file if part.strip()),
            *texts,
            *(option for item in items for option in item.options),
        }


def make_scene(academy: Academy) -> Scene:
    """Build the academy's data, committed for real, with an exam that is over and a certificate issued from it."""
    with academy.app.app_context():
        city = make_small_city()
        import_files(package_files(SLUG, lessons=2, minimum_minutes=0, open_to_public=True, title=COURSE), city.city)
        make_kind(city.city)
        plan, bank_id = make_plan(course_slug=SLUG), make_bank(city.city)
        exam_id = exams.create_exam(SYSTEM, slug=SLUG, org_id=city.city, bank_id=bank_id, plan=plan)
        db.session.remove()
    scene = Scene(academy, city, exam_id, bank_id, uuid.UUID(int=0))
    scene.session(opens_in=3 * 24 * 60)
    scene.holder = _past_exam(scene)
    return scene


def _past_exam(scene: Scene) -> uuid.UUID:
    """Twelve learners have sat a session whose results are published; the best of them holds a certificate."""
    session_id, people = scene.session(), [scene.learner() for _number in range(12)]
    with scene.academy.app.app_context():
        for number, person_id in enumerate(people):
            study(person_id, SLUG)
            sit(session_id, person_id, wrong=range(number // 2))
        exams.close_session(SYSTEM, session_id)
        exams.grade_session(session_id)
        exams.publish(SYSTEM, session_id)
        certificates.issue(SYSTEM, "CDSGY", people[0])
        db.session.remove()
    return people[0]
