"""What an approved claim does to the ledger, and what corrections do to both."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError

from lms.access.actors import actor_for
from lms.approvals import service as approvals
from lms.credits import queries, service
from lms.credits.evidence.rules import ClaimState, Unit
from lms.credits.models import Category
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid
from lms.messages.models import Message
from lms.testing.factories import approvals as cases
from lms.testing.factories.access import make_officer
from lms.testing.factories.credits import complete, qualify
from lms.testing.factories.evidence import proofs

NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _stopped_clock():
    with clock.frozen(NOON):
        yield


def correct(desk, entry, minutes, category=Category.PROFESSIONAL):
    return service.correct(desk.officer, entry.id, minutes=minutes, category=category, reason="核实后更正")


def why(claim):
    return [(step["kind"], step["minutes"]) for step in claim.why]


def test_an_approved_claim_writes_one_entry_that_says_each_step_in_both_languages(desk):
    claim = desk.counted(3.5)
    [entry] = desk.entries()
    assert (claim.state, claim.counted) == (ClaimState.COUNTED, 210)
    assert (entry.minutes, entry.category, entry.source, entry.source_id, entry.occurred_on, entry.evidence_id) == (
        210, Category.PROFESSIONAL, "evidence", claim.id.hex, TODAY, claim.id,
    )  # fmt: skip
    assert entry.why["steps"] == claim.why
    assert why(claim) == [("stated", 210), ("activity", 210), ("year", 210), ("counted", 210)]
    assert claim.why[0]["reason"] == {"zh_CN": "申报 3.5 小时。", "en": "Claimed: 3.5 h."}
    assert entry.recorded_by == desk.officer.person_id


def test_four_hours_count_three_and_a_half_when_the_year_leaves_no_more(desk):
    for hours in (4, 4, 0.5):
        desk.counted(hours)
    claim = desk.counted(4)
    assert (claim.stated, claim.counted) == (240, 210)
    assert "2026 年已计 8 小时 30 分，可计 3 小时 30 分。" in claim.why[2]["reason"]["zh_CN"]
    message = db.session.query(Message).filter_by(kind="credits.evidence_counted").order_by(Message.id.desc()).first()
    assert message.params["counted"]["zh_CN"] == "3 小时 30 分"


def test_nothing_left_is_said_and_writes_no_entry(desk):
    for _number in range(3):
        desk.counted(4)
    claim = desk.counted(2)
    assert (claim.state, claim.counted, len(desk.entries())) == (ClaimState.NOT_COUNTED, 0, 3)
    assert claim.why[-1]["reason"]["zh_CN"] == "上限已满，计 0。"
    assert db.session.query(Message).filter_by(kind="credits.evidence_not_counted").count() == 1


def test_the_caps_are_those_of_the_day_it_is_approved(desk):
    first, second = desk.claim(hours=4), [desk.claim(hours=4) for _number in range(3)]
    assert desk.facts(second[-1])["counted"].value["zh_CN"] == "4 小时"
    for claim in (*second, first):
        desk.approve(claim)
    assert desk.now(first.id).state is ClaimState.NOT_COUNTED


def test_a_year_ends_with_its_last_day(desk):
    desk.rule(cap_year=60, valid_from=dt.date(2025, 1, 1))
    counted = [
        desk.counted(1, last_day=day, first_day=day).counted
        for day in (dt.date(2025, 12, 31), dt.date(2026, 1, 1), dt.date(2026, 2, 1))
    ]
    assert counted == [60, 60, 0]


def test_a_cap_by_registration_period_counts_what_falls_inside_it(desk):
    qualify(desk.person_id, first=dt.date(2026, 2, 1), last=dt.date(2029, 1, 31))
    desk.rule(cap_period=120, valid_from=dt.date(2025, 1, 1))
    days = (dt.date(2026, 1, 31), dt.date(2026, 2, 1), dt.date(2026, 3, 1))
    claims = [desk.counted(1.5, last_day=day, first_day=day) for day in days]
    assert [claim.counted for claim in claims] == [90, 90, 30]
    assert [claim.why[1]["kind"] for claim in claims] == ["no_period", "period", "period"]


def test_hours_of_other_kinds_and_of_courses_use_up_no_cap(desk):
    complete(desk.person_id, 6000)
    for _number in range(3):
        desk.approve(desk.claim("training", 8, *proofs("certificate")))
    assert desk.counted(4).counted == 240


def test_class_hours_and_days_are_converted_and_a_degree_counts_ninety_hours(desk):
    courses = desk.claim(
        "degree_courses", 32, *proofs("transcript"), unit=Unit.CLASS_HOURS, first_day=dt.date(2026, 3, 1)
    )
    practice = desk.claim("practice", 2, *proofs("record"), unit=Unit.DAYS, first_day=dt.date(2026, 10, 1))
    degree = desk.claim("degree", 0, *proofs("diploma"), unit=Unit.ITEM, first_day=dt.date(2022, 9, 1))
    assert [desk.approve(claim).counted for claim in (courses, practice, degree)] == [32 * 45, 720, 5400]
    assert why(desk.now(courses.id))[1] == ("converted", 1440)


def test_a_later_rule_leaves_a_claim_alone(desk):
    claim = desk.claim(hours=4)
    desk.rule(cap_activity=60)
    assert desk.approve(claim).counted == 240
    assert desk.counted(4).counted == 60


def test_a_reversal_frees_the_cap_and_the_activity(desk):
    claims = [desk.counted(4) for _number in range(3)]
    correct(desk, desk.entries()[0], 0)
    reversed_ = next(claim for claim in (desk.now(one.id) for one in claims) if not desk.stands(claim))
    assert (reversed_.state, reversed_.counted) == (ClaimState.REVERSED, 240)
    again = desk.counted(4, title=reversed_.title)
    assert again.counted == 240
    assert queries.summary(desk.person_id).ever == 720
    assert service.check_ledger() == (5, [])


def test_a_correction_takes_the_place_of_what_it_corrects(desk):
    claim = desk.counted(4)
    correct(desk, desk.entries()[0], 150, Category.PUBLIC)
    assert (desk.stands(claim), desk.now(claim.id).state) == (150, ClaimState.COUNTED)
    assert [desk.counted(4).counted for _number in range(3)] == [240, 240, 90]


def test_a_correction_never_goes_beyond_what_the_caps_leave(desk):
    low = desk.counted(1)
    [entry] = desk.entries()
    for _number in range(2):
        desk.counted(4)
    with pytest.raises(Invalid) as refused:
        correct(desk, entry, 241)
    assert "4 小时" in str(refused.value.fields["minutes"])
    desk.counted(3)
    with pytest.raises(Invalid) as refused:
        correct(desk, entry, 90)
    assert "1 小时" in str(refused.value.fields["minutes"])
    assert desk.stands(low) == 60
    correct(desk, entry, 60, Category.PUBLIC)
    assert desk.stands(low) == 60


def test_a_rejection_and_a_withdrawal_write_nothing_and_set_the_activity_free(desk):
    rejected, taken_back = desk.claim(), desk.claim()
    cases.reject(rejected.case_id, desk.officer)
    approvals.withdraw(desk.worker, taken_back.case_id)
    assert [desk.now(one.id).state for one in (rejected, taken_back)] == [ClaimState.REJECTED, ClaimState.WITHDRAWN]
    assert desk.entries() == []
    assert desk.claim(title=rejected.title).id != rejected.id


def test_an_officer_never_decides_a_claim_of_their_own(desk):
    desk.worker = desk.officer
    claim = desk.claim()
    with pytest.raises(Forbidden):
        desk.approve(claim)
    other = actor_for(make_officer("hr_officer", desk.city.county_a))
    assert desk.approve(claim, other).state is ClaimState.COUNTED


def test_nothing_is_counted_when_the_approval_fails_afterwards(desk, monkeypatch):
    claim = desk.claim()

    def fail(*_args, **_named):
        raise Conflict("坏了")

    monkeypatch.setattr("lms.credits.evidence.service.closing.messages.send", fail)
    with pytest.raises(Conflict):
        desk.approve(claim)
    assert (desk.now(claim.id).state, desk.entries()) == (ClaimState.IN_REVIEW, [])


@pytest.mark.parametrize("statement", ["UPDATE evidence_rule SET once = once", "DELETE FROM evidence_rule"])
def test_the_database_refuses_to_change_a_rule(desk, statement):
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text(statement))


def test_the_database_refuses_a_second_degree(desk):
    degree = desk.claim("degree", 0, *proofs("diploma"), unit=Unit.ITEM)
    other = desk.claim("degree_courses", 8, *proofs("transcript"), unit=Unit.CLASS_HOURS)
    with pytest.raises(IntegrityError):
        db.session.execute(
            text("UPDATE evidence_claim SET code = 'degree', once = (1 = 1) WHERE case_number = :number"),
            {"number": other.case_number},
        )
    assert degree.once
