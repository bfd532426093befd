"""Rounds, applications, panels and scores."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select

from lms.exams.models import Exam, ExamSession, Outcome, Result, Seat, SessionState
from lms.exams.queries.results import newest_results
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.orgs import queries as orgs
from lms.people.models import Person
from lms.programmes import policy, rules
from lms.programmes.models import (
    Application,
    ApplicationState,
    PanelMember,
    PanelScore,
    ProgrammeVersion,
    Round,
    RoundState,
)
from lms.programmes.rules import Marks


def round_of(round_id: uuid.UUID) -> Round:
    """A round as it is now. Raises `NotFound`."""
    found = db.session.get(Round, round_id, populate_existing=True)
    if found is None:
        raise NotFound(_("找不到这一轮选拔。"))
    return found


def listed(state: RoundState | None = None, programme: str = "") -> Select[Round]:
    """Rounds for officers, the latest first."""
    query = select(Round)
    if state is not None:
        query = query.where(Round.state == state)
    if programme:
        query = query.where(Round.programme == programme)
    return query.order_by(Round.closes_on.desc(), Round.id.desc())


def is_taking(round_: Round, on: dt.date) -> bool:
    """Whether a round takes applications on a day."""
    return round_.state is RoundState.OPEN and round_.opens_on <= on <= round_.closes_on


def taking(on: dt.date) -> Sequence[Round]:
    """Rounds that take applications on a day, those that close first ahead."""
    query = select(Round).where(Round.state == RoundState.OPEN, Round.opens_on <= on, Round.closes_on >= on)
    return db.session.scalars(query.order_by(Round.closes_on, Round.id)).all()


def next_number(programme: str, year: int) -> int:
    """The number of the next round of a programme in a year."""
    query = select(func.max(Round.number)).where(Round.programme == programme, Round.year == year)
    return (db.session.scalar(query) or 0) + 1


def counts(round_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, Mapping[ApplicationState, int]]:
    """How many applications stand in each state, by round. One SELECT."""
    query = select(Application.round_id, Application.state, func.count()).group_by(
        Application.round_id, Application.state
    )
    found: dict[uuid.UUID, dict[ApplicationState, int]] = defaultdict(dict)
    for round_id, state, count in db.session.execute(query.where(Application.round_id.in_(list(round_ids)))):
        found[round_id][state] = int(count)
    return found


@dataclass(frozen=True, slots=True)
class ApplicationFilter:
    """What an officer's list of a round is narrowed to."""

    text: str = ""
    state: ApplicationState | None = None
    org_id: uuid.UUID | None = None


def applications(actor: Actor, round_id: uuid.UUID, wanted: ApplicationFilter) -> Select[Application, str]:
    """The applications of a round an officer sees with the people's names: by place, then as they came in."""
    query = select(Application, Person.name).join(Person, Person.id == Application.person_id)
    query = query.where(Application.round_id == round_id, policy.visible(actor))
    if wanted.text:
        query = query.where(
            or_(
                Person.name.contains(wanted.text, autoescape=True),
                Application.case_number.contains(wanted.text, autoescape=True),
            )
        )
    if wanted.state is not None:
        query = query.where(Application.state == wanted.state)
    if wanted.org_id is not None:
        query = query.where(Application.org_id.in_(orgs.within(wanted.org_id)))
    return query.order_by(Application.place.is_(None), Application.place, Application.applied_at, Application.id)


def own(person_id: uuid.UUID) -> Sequence[tuple[Application, Round]]:
    """A person's applications with their rounds, the latest first."""
    query = select(Application, Round).join(Round, Round.id == Application.round_id)
    query = query.where(Application.person_id == person_id).order_by(Application.applied_at.desc(), Application.id)
    return [(application, round_) for application, round_ in db.session.execute(query)]


def standing(round_id: uuid.UUID, *states: ApplicationState) -> Sequence[Application]:
    """The applications of a round in some states, as they came in."""
    query = select(Application).where(Application.round_id == round_id, Application.state.in_(states))
    ordered = query.order_by(Application.applied_at, Application.id).execution_options(populate_existing=True)
    return db.session.scalars(ordered).all()


def panel(round_id: uuid.UUID) -> Sequence[tuple[PanelMember, str]]:
    """The members of a round's panel with their names."""
    query = select(PanelMember, Person.name).join(Person, Person.id == PanelMember.person_id)
    rows = db.session.execute(query.where(PanelMember.round_id == round_id).order_by(Person.name, PanelMember.id))
    return [(member, name) for member, name in rows]


def seats(person_id: uuid.UUID) -> Sequence[Round]:
    """The rounds on whose panel a person sits and that are being scored."""
    query = select(Round).join(PanelMember, PanelMember.round_id == Round.id)
    query = query.where(PanelMember.person_id == person_id, Round.state == RoundState.SCORING)
    return db.session.scalars(query.order_by(Round.closes_on.desc(), Round.id)).all()


Scores = Mapping[uuid.UUID, Mapping[uuid.UUID, PanelScore]]
"""What a panel gave: by application, then by member."""


def latest_scores(round_id: uuid.UUID) -> Scores:
    """The scores that count: by application, then by member. One SELECT."""
    query = select(PanelScore).join(Application, Application.id == PanelScore.application_id)
    ordered = query.where(Application.round_id == round_id).order_by(PanelScore.revision)
    found: dict[uuid.UUID, dict[uuid.UUID, PanelScore]] = defaultdict(dict)
    for score in db.session.scalars(ordered):
        found[score.application_id][score.member_id] = score
    return found


def points_of(score: PanelScore, version: ProgrammeVersion) -> int:
    """A member's score in hundredths of a point of 100."""
    most = sum(int(one["most"]) for one in version.criteria)
    return rules.share(sum(int(score.points[one["key"]]) for one in version.criteria), most)


def marks(scores: Scores, version: ProgrammeVersion) -> Mapping[uuid.UUID, Marks]:
    """The panel's marks of each application that has any, of the scores that count."""
    found: dict[uuid.UUID, Marks] = {}
    for application_id, by_member in scores.items():
        given = {member: points_of(score, version) for member, score in by_member.items()}
        together = rules.marks(given, version.outlier_gap * 100)
        if together:
            found[application_id] = together
    return found


def written_scores(exam_slug: str, since: dt.date, person_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, int]:
    """Each person's best published score in sessions from a day on, in hundredths of a point of 100. One SELECT."""
    rows = db.session.execute(
        newest_results()
        .join(Seat, Seat.id == Result.seat_id)
        .join(ExamSession, ExamSession.id == Seat.session_id)
        .join(Exam, Exam.id == ExamSession.exam_id)
        .where(
            Exam.slug == exam_slug,
            ExamSession.opens_at >= clock.start_of_day(since),
            ExamSession.state == SessionState.PUBLISHED,
            Seat.person_id.in_(person_ids),
            Result.outcome == Outcome.SCORED,
        )
        .with_only_columns(Seat.person_id, Result.half_points, Result.total_half_points)
    )
    best: dict[uuid.UUID, int] = {}
    for person, half_points, total in rows:
        best[person] = max(rules.share(half_points or 0, total), best.get(person, 0))
    return best
