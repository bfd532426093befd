"""The room's blueprint, and what its pages share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from sqlalchemy import select

from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.orgs import queries as orgs
from lms.people import queries as people
from lms.people.dto import PeopleFilter
from lms.people.models import Employment, Person
from lms.programmes import wording
from lms.programmes.appointment_models import EndKind
from lms.programmes.models import Act, ApplicationState, Intake, RoundState
from lms.programmes.supervision_models import LogState
from lms.requirements import wording as conditions
from lms.webkit.blueprint import Blueprint

bp = Blueprint(
    "programmes",
    "lms.programmes",
    template_folder="templates",
    static_folder="static",
    static_url_path="/programmes/static",
)
WORDS: dict[str, Any] = {
    "words": wording,
    "conditions": conditions,
    "states": ApplicationState,
    "round_states": RoundState,
    "log_states": LogState,
    "intakes": Intake,
    "acts": Act,
    "end_kinds": EndKind,
}
"""What every template of this room needs."""
MOST_FOUND = 12


def found_people(actor: Actor) -> Sequence[tuple[Person, str]]:
    """Whom the page's own search (`find`) finds among the people the officer sees, each with their unit."""
    text = request.args.get("find", "").strip()[:60]
    if not text:
        return ()
    found = db.session.scalars(people.people(actor, PeopleFilter(text=text)).limit(MOST_FOUND)).all()
    works = select(Employment.person_id, Employment.org_id).where(
        Employment.person_id.in_([one.id for one in found]), Employment.ended_on.is_(None)
    )
    units = {row.person_id: row.org_id for row in db.session.execute(works.order_by(Employment.started_on))}
    names = orgs.paths(units.values())
    return [(one, names.get(units[one.id], "") if one.id in units else "") for one in found]
