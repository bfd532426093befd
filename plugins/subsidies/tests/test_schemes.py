"""Schemes as dated data: revisions, who may save them, what is wrong with them; the commands."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from lms.plugin_api.errors import Forbidden, Invalid, NotFound
from lms.plugin_api.services import services
from lms.plugin_api.work import SYSTEM, session, unit_of_work
from lms.testing.factories.access import make_officer
from lms.testing.records import recorded
from lms_payouts.queries import budgets
from lms_subsidies.queries import schemes as stored
from lms_subsidies.rules import Condition, ConditionKind, Stacking
from lms_subsidies.service import schemes

DAY = dt.date(2026, 1, 1)


def example(at=0, **changes):
    return dataclasses.replace(schemes.illustrative(DAY)[at], **changes)


def attempt(call):
    with unit_of_work(SYSTEM) as uow, uow.savepoint():
        call()


def test_seeding_twice_saves_once_and_marks_every_amount_as_an_example(town):
    assert schemes.seed(SYSTEM, DAY) == []
    known = stored.known()
    assert [one.code for one in known] == ["cdsgy", "assistant", "intermediate", "senior"]
    assert {one.revisions[0].amount_fen for one in known} == {50_000, 150_000, 300_000, 500_000}
    assert all(one.revisions[0].illustrative for one in known)


def test_a_scheme_is_known_to_payouts_before_its_first_payment(town):
    assert budgets.schemes()["subsidies.cdsgy"]["zh_CN"] == "成都社工员持证奖励"


def test_a_revision_stands_beside_the_earlier_ones_and_nothing_is_changed(town):
    schemes.save(SYSTEM, example(amount_fen=60_000))
    schemes.save(SYSTEM, example(amount_fen=70_000, valid_from=dt.date(2026, 7, 1)))
    found = stored.one("cdsgy")
    assert [(one.valid_from.month, one.revision, one.amount_fen) for one in found.revisions] == [
        (7, 1, 70_000), (1, 2, 60_000), (1, 1, 50_000),
    ]  # fmt: skip
    assert found.on(dt.date(2026, 6, 30)).amount_fen == 60_000
    assert found.on(dt.date(2026, 7, 1)).amount_fen == 70_000
    with pytest.raises(DatabaseError, match="append-only"), session.begin_nested():
        session.execute(text("UPDATE subsidies_revision SET amount_fen = 1"))
    assert len(recorded("subsidies.scheme.save")) == 6


def test_a_scheme_ends_by_a_revision_with_a_last_day(town):
    schemes.save(SYSTEM, example(valid_to=dt.date(2026, 8, 31)))
    assert stored.in_force("certificate:CDSGY", dt.date(2026, 8, 31)) is not None
    assert stored.in_force("certificate:CDSGY", dt.date(2026, 9, 1)) is None


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"code": "Ä"}, {"code"}),
        ({"code": "other"}, {"basis"}),
        ({"basis": "qualification:senior"}, {"code"}),
        ({"basis": "certificate:NONE"}, {"basis"}),
        ({"title": {"zh_CN": " "}, "note": ""}, {"title", "note"}),
        ({"amount_fen": 0, "claim_days": 0}, {"amount", "claim_days"}),
        ({"amount_fen": 100_000_001}, {"amount"}),
        ({"valid_to": dt.date(2025, 12, 31)}, {"valid_to"}),
        (
            {"conditions": (Condition(ConditionKind.EMPLOYED_MONTHS, 0), Condition(ConditionKind.REGISTERED))},
            {"months", "registered"},
        ),
    ],
)
def test_every_fault_is_said_where_it_is(town, changes, fields):
    with pytest.raises(Invalid) as refused:
        attempt(lambda: schemes.save(SYSTEM, example(**changes)))
    assert set(refused.value.fields) == fields
    assert len(stored.one("cdsgy").revisions) == 1


def test_only_an_officer_of_the_whole_city_saves_a_scheme(town):
    new = example(stacking=Stacking.NONE)
    for role, unit, refusal in (
        ("hr_officer", town.city.county_a, NotFound),
        ("auditor", town.city.city, Forbidden),
        ("payouts.payer", town.city.city, Forbidden),
    ):
        officer = services().access.actor_for(make_officer(role, unit))
        with pytest.raises(refusal):
            attempt(lambda officer=officer: schemes.save(officer, new))
    mayor = services().access.actor_for(make_officer("hr_officer", town.city.city, "周岚"))
    schemes.save(mayor, new)
    assert stored.one("cdsgy").revisions[0].set_by == mayor.person_id


def test_the_commands_seed_and_list(app, town):
    session.rollback()
    run = app.test_cli_runner().invoke
    seeded = run(args=["subsidies", "seed", "--from", "2026-01-01"])
    assert (seeded.exit_code, seeded.output) == (0, "0 schemes saved\n")
    listed = run(args=["subsidies", "schemes"])
    assert listed.exit_code == 0
    assert "500.00 元  成都社工员持证奖励 示例" in listed.output
    assert "连续任职满 12 个月" in listed.output
