from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.credits.cycles import drafts, jobs, simulating
from lms.credits.cycles.models import CreditStanding
from lms.credits.cycles.simulating import Effect
from lms.credits.cycles.standing import differences
from lms.credits.obligations.dto import NewPolicy
from lms.credits.obligations.queries import history, policies
from lms.credits.obligations.rules import Obligation
from lms.credits.obligations.setting import save_policy
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.clock import frozen
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid
from lms.people.models import QualificationKind
from lms.testing.factories.access import make_officer
from lms.testing.factories.credits import complete, put_in_force, qualify
from lms.testing.factories.people import make_person
from lms.testing.jobs import run_jobs

NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)
REGISTRATION, YEAR = Obligation.REGISTRATION, Obligation.YEAR
COMPARED = (
    "level", "first_day", "last_day", "window_from", "late_until", "required", "professional", "public", "carried",
    "missing", "status",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _stopped_clock():
    with frozen(NOON):
        yield


@pytest.fixture
def people(city):
    """Somebody for each way in which a draft can move people."""
    made = {
        name: make_person(name, city.community_a) for name in ("短", "够", "多", "过期", "晚", "高", "没证", "未登记")
    }
    qualify(made["短"])
    qualify(made["够"])
    qualify(made["多"], first=dt.date(2022, 1, 1), last=dt.date(2024, 12, 31))
    qualify(made["多"], QualificationKind.INTERMEDIATE)
    qualify(made["过期"], first=dt.date(2023, 1, 1), last=dt.date(2025, 12, 31))
    qualify(made["晚"], first=dt.date(2023, 1, 1), last=dt.date(2026, 11, 30))
    qualify(made["高"], QualificationKind.SENIOR, last=dt.date(2027, 2, 28))
    qualify(made["未登记"], first=None)
    complete(made["短"], 600)
    complete(made["短"], 3000, "public")
    complete(made["够"], 72 * 60)
    complete(made["多"], 100 * 60, day=dt.date(2023, 5, 1))
    complete(made["高"], 80 * 60, "public")
    complete(made["没证"], 60)
    return made


def draft(obligation, day, **changes):
    return NewPolicy(obligation, day, replace(policies()[obligation][0].terms, **changes), "试算")


DRAFTS = {
    "more hours for all": (REGISTRATION, dt.date(2026, 12, 1), {"asked": {"assistant": 80, "intermediate": 90, "senior": 90}, "running": True}),
    "a share": (REGISTRATION, dt.date(2026, 12, 1), {"parts": 2, "whole": 3, "running": True}),
    "caps, carrying over, shorter late window": (
        REGISTRATION, dt.date(2027, 1, 1),
        {"cap_public": 20, "carry_most": 20, "carry_months": 36, "late_months": 6, "window_months": 6, "running": True},
    ),
    "switched off": (REGISTRATION, dt.date(2027, 1, 1), {"is_on": False, "running": True}),
    "assistants freed": (REGISTRATION, dt.date(2027, 1, 1), {"asked": {"senior": 90}, "running": True}),
    "only later cycles": (REGISTRATION, dt.date(2026, 12, 1), {"asked": {"assistant": 500}}),
    "the year": (YEAR, dt.date(2027, 1, 1), {"is_on": True, "asked": {"assistant": 90, "senior": 60, "uncertified": 20}}),
    "the running year": (YEAR, dt.date(2026, 12, 1), {"is_on": True, "running": True}),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAFTS)
def test_what_the_simulator_says_is_what_then_happens(people, name):
    obligation, day, changes = DRAFTS[name]
    new = draft(obligation, day, **changes)
    said = {}
    without = {}
    for future in simulating.futures(new):
        said |= future.with_draft
        without |= future.without
    moved = {one.person_id: one.effect for one in simulating.simulate(new)}
    save_policy(SYSTEM, new)
    with frozen(clock.start_of_day(day) + dt.timedelta(hours=1)):
        jobs.follow()
        assert list(differences()) == []
        happened = {
            row.person_id: row
            for row in db.session.scalars(
                select(CreditStanding).where(
                    CreditStanding.obligation == obligation, CreditStanding.cycle_id.is_not(None)
                )
            )
        }
    assert happened.keys() == said.keys()
    for person_id, row in happened.items():
        assert [getattr(row, column) for column in COMPARED] == [
            getattr(said[person_id], column) for column in COMPARED
        ]
    assert moved == {
        person_id: effect
        for person_id in said.keys() | without.keys()
        if (effect := simulating.effect_of(without.get(person_id), said.get(person_id)))
    }
    assert bool(moved) == (name != "only later cycles")


def test_each_person_is_told_the_gravest_change(people):
    day = dt.date(2026, 12, 1)

    def effects(**changes):
        moved = simulating.simulate(draft(REGISTRATION, day, running=True, **changes))
        names = {person: name for name, person in people.items()}
        return {names[one.person_id]: one.effect for one in moved}

    assert effects(asked={"assistant": 80, "intermediate": 90, "senior": 90}) == {
        "短": Effect.MORE, "够": Effect.FALLS_SHORT,
    }  # fmt: skip
    assert effects(asked={"intermediate": 90, "senior": 80}) == {
        "短": Effect.FREED, "够": Effect.FREED, "高": Effect.NOW_MET,
    }  # fmt: skip
    assert effects(late_months=6)["过期"] is Effect.EXPIRES
    put_in_force(REGISTRATION, dt.date(2026, 11, 1), late_months=0, running=True)
    assert effects(late_months=24)["过期"] is Effect.REVIVED


def test_a_draft_is_saved_once_and_never_over_what_was_saved_since_its_trial(app, city):
    officers = [actor_for(make_officer("hr_officer", city.city)) for _number in range(2)]
    day = dt.date(2026, 12, 1)
    trials = [
        drafts.request(officer, draft(REGISTRATION, day, asked={"assistant": asked}))
        for officer, asked in zip(officers, (80, 100), strict=True)
    ]
    run_jobs(app)
    assert drafts.save(officers[0], trials[0]) == drafts.save(officers[0], trials[0]) == trials[0]
    with pytest.raises(Conflict) as refused:
        drafts.save(officers[1], trials[1])
    assert refused.value.code == "stale_draft"
    [saved] = [row for row in history(REGISTRATION) if row.valid_from == day]
    assert (saved.id, saved.revision, saved.assistant, saved.set_by) == (trials[0], 1, 80, officers[0].person_id)
    assert [drafts.draft(officers[0], trial).is_saved for trial in trials] == [True, False]
    again = drafts.request(officers[1], draft(REGISTRATION, day, asked={"assistant": 100}))
    run_jobs(app)
    drafts.save(officers[1], again)
    assert policies()[REGISTRATION][0].terms.asked == {"assistant": 100}


def test_a_faulty_draft_is_not_tried_out(people):
    with pytest.raises(Invalid):
        list(simulating.simulate(draft(REGISTRATION, dt.date(2026, 11, 23), running=True)))
