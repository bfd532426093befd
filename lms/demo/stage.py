"""Setting the stage, by the same services the commands use: the city, the packages, exams, kinds, officers.

Every step may be repeated; what is there already is left as it is.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from lms.access.actors import actor_for
from lms.access.models import Account, Grant
from lms.access.queries import units_around
from lms.access.service import grant_role
from lms.access.service.accounts import create_account
from lms.approvals.chain import KINDS
from lms.approvals.models import Level
from lms.certificates import queries as certificates
from lms.certificates.cli import SHIPPED
from lms.certificates.service import define_kind
from lms.demo.cast import EVERYBODY, PASSWORD, Officer
from lms.exams import service as exams
from lms.exams.dto import Blueprint, Part
from lms.exams.models import Exam, KeyRelease
from lms.exams.service.exams import ExamPlan
from lms.kernel import migrate
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.uow import unit_of_work
from lms.learning import packages
from lms.learning.dto import CheckedPackage
from lms.learning.service import FaultyPackageError, import_checked
from lms.orgs import queries as orgs
from lms.orgs.models import OrgKind, OrgUnit
from lms.orgs.service import load_city
from lms.people.roster.units import UnitFinder
from lms.people.rules import check_character
from lms.people.service import create_person
from lms.questions.dto import MULTIPLE, SINGLE
from lms.questions.kinds import CORE
from lms.questions.models import Bank

HERE = Path(__file__).parent
PRIMER = "home-visit-primer"
"""The demonstration's own course and exam: short enough to be walked while somebody watches."""
CITY_COURSE = "chengdu-social-worker"
"""The city's course, its exam and the kind 成都社工员."""
MOCK_EXAM = "junior-mock"
OFFICERS_UNIT = "5101SW"
IN_OFFICE_SINCE = dt.date(2020, 3, 1)
"""Since when every officer works and holds their roles: they decided in earlier years too."""
_KINDS = (SHIPPED / "cdsgy.json", HERE / "kind.json")


def database_and_city() -> int:
    """Create or upgrade the tables and load the city; how many units it has."""
    migrate.upgrade_database(db.engine)
    report = load_city(SYSTEM)
    return report.added + report.present


def read_packages(folder: Path) -> list[CheckedPackage]:
    """The course packages below a folder, and the demonstration's own. Raises `NotFound`, `FaultyPackageError`."""
    found = sorted(path.parent for path in folder.glob("*/course.yml"))
    if not found:
        raise NotFound(
            f"There are no course packages in {folder}.", todo="Run it from the project's folder, or give --courses."
        )
    reports = [packages.check(path) for path in (*found, HERE / "course" / PRIMER)]
    if problems := [problem for report in reports for problem in report.problems]:
        raise FaultyPackageError(problems)
    return [report.package for report in reports if report.package is not None]


def publish_packages(known: Sequence[CheckedPackage]) -> None:
    """Import and publish every package."""
    city = orgs.city().id
    for package in known:
        import_checked(SYSTEM, package, org_id=city, publish=True)


def exams_and_kinds() -> None:
    """Set up the exams and the kinds of certificate."""
    for slug, (bank, plan) in _exam_plans().items():
        if db.session.scalar(select(Exam.id).where(Exam.slug == slug)) is None:
            row = db.session.scalars(select(Bank).where(Bank.slug == bank)).one()
            exams.create_exam(SYSTEM, slug=slug, org_id=row.org_id, bank_id=row.id, plan=plan)
    standing = {kind.code for kind in certificates.kinds()}
    for path in _KINDS:
        kind = json.loads(path.read_text(encoding="utf-8"))
        if kind["code"] not in standing:
            define_kind(SYSTEM, kind, org_id=orgs.city().id)


def appoint(officers: Sequence[Officer], unit: OrgUnit | None = None) -> None:
    """Employ those who are not yet at the city's department, open their accounts; grant their roles on a unit.

    Without a unit, on the whole city. Who holds the role there already keeps it.
    """
    for officer in officers:
        person_id = person_of(officer.username)
        with unit_of_work(SYSTEM):
            _grant(person_id or _employ(officer), officer.role, unit or orgs.city())


def unit_above(username: str, level: Level) -> OrgUnit:
    """The street or town, or the county or zone, of where somebody works. Raises `NotFound`."""
    person_id = person_of(username)
    for unit in units_around(person_id) if person_id else ():
        if unit.kind in KINDS[level]:
            return unit
    raise NotFound(f"Above {username} there is no unit at the level {level}.")


def employer_of(username: str) -> OrgUnit:
    """The unit where somebody works. Raises `NotFound`."""
    person_id = person_of(username)
    for unit in units_around(person_id) if person_id else ():
        return unit
    raise NotFound(f"{username} works nowhere.")


def actor_of(username: str) -> Actor:
    """The person behind a username, with what was granted to them by the clock's day. Raises `NotFound`."""
    person_id = person_of(username)
    if person_id is None:
        raise NotFound(f"Nobody is called {username}.")
    return actor_for(person_id)


def person_of(username: str) -> uuid.UUID | None:
    """The person behind a username."""
    return db.session.scalar(select(Account.person_id).where(Account.username == username))


def community_labels() -> list[str]:
    """Every community and village of the city, as a personnel office would write it."""
    kinds = (OrgKind.COMMUNITY, OrgKind.VILLAGE)
    ids = db.session.scalars(select(OrgUnit.id).where(OrgUnit.kind.in_(kinds)).order_by(OrgUnit.code)).all()
    finder = UnitFinder.load(ids)
    return [finder.label(unit_id) for unit_id in ids]


def _employ(officer: Officer) -> uuid.UUID:
    order = EVERYBODY.index(officer)
    body = f"5100001961{order % 12 + 1:02d}01{order:03d}"
    person_id = create_person(
        SYSTEM,
        org_id=orgs.by_code(OFFICERS_UNIT).id,
        started_on=IN_OFFICE_SINCE,
        name=officer.name,
        id_number=body + check_character(body),
        email=f"{officer.username}@example.org",
        post="干部",
    )
    create_account(SYSTEM, person_id, username=officer.username, password=PASSWORD, must_change=False)
    return person_id


def _grant(person_id: uuid.UUID, role: str, unit: OrgUnit) -> None:
    held = select(Grant.id).where(Grant.person_id == person_id, Grant.role == role, Grant.org_id == unit.id)
    if db.session.scalar(held) is None:
        since = IN_OFFICE_SINCE
        grant_role(SYSTEM, person_id=person_id, role=role, org_id=unit.id, valid_from=since, reason="演示账号")


def _exam_plans() -> dict[str, tuple[str, ExamPlan]]:
    """Each exam with the bank it draws from."""
    visits = ("6.1", "6.2", "6.3", "6.4")  # the city syllabus on visits, talking, personal data and records
    return {
        CITY_COURSE: (
            "cdsgy-bank",
            ExamPlan(
                title={"zh_CN": "成都社工员认定考试", "en": "Community Social Worker Recognition Examination"},
                blueprint=_blueprint(60, 20),
                minutes=120,
                pass_half_points=120,
                course_slug=CITY_COURSE,
                certificate_kind="CDSGY",
            ),
        ),
        PRIMER: (
            "cdsgy-bank",
            ExamPlan(
                title={"zh_CN": "入户走访测验", "en": "Home Visits Test"},
                blueprint=_blueprint(15, 5, visits),
                minutes=20,
                pass_half_points=30,
                course_slug=PRIMER,
                certificate_kind="HOMEVISIT",
            ),
        ),
        MOCK_EXAM: (
            "jun-bank",
            ExamPlan(
                title={"zh_CN": "初级社会工作者模拟考试", "en": "Junior Social Worker Mock Examination"},
                blueprint=_blueprint(60, 20),
                minutes=120,
                pass_half_points=120,
                key_release=KeyRelease.WITH_RESULTS,
            ),
        ),
    }


def _blueprint(single: int, multiple: int, points: tuple[str, ...] = ()) -> Blueprint:
    counts = ((CORE[SINGLE], single), (CORE[MULTIPLE], multiple))
    return Blueprint(tuple(Part(kind.key, count, kind.half_points, points) for kind, count in counts))
