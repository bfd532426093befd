"""Invitations: one for a person and basis, from events, rosters, and what was there before the scheme."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from lms.certificates import service as certificates
from lms.people.models import Employment, Person
from lms.plugin_api.events import CertificateIssued, QualificationRecorded
from lms.plugin_api.services import services
from lms.plugin_api.work import SYSTEM, clock, session, unit_of_work
from lms.plugin_host import service as plugins
from lms.testing.factories.credits import qualify
from lms.testing.queries import count_queries
from lms.testing.records import messages_to
from lms_payouts.api import ClaimState
from lms_subsidies.models import Invitation, Scheme
from lms_subsidies.queries import claims
from lms_subsidies.service import inviting, schemes


def invitations():
    session.rollback()
    return session.scalar(select(func.count(Invitation.id)))


def invited(who):
    return [params for kind, params in messages_to(who.person_id) if kind == "subsidies.invited"]


def test_a_certificate_brings_an_invitation_and_a_message_with_the_last_day(town):
    who = town.person("陈思雨")
    town.certify(who)
    town.work()
    invitation = town.invitation(who)
    assert (invitation.obtained_on, invitation.last_day) == (dt.date(2026, 9, 28), dt.date(2027, 9, 28))
    [params] = invited(who)
    assert params["title"]["zh_CN"] == "成都社工员持证奖励"
    assert params["amount"]["zh_CN"] == "500.00 元"


def test_a_national_qualification_brings_one_and_renewing_its_registration_none(town):
    who = town.person()
    town.qualify(who)
    town.work()
    assert town.invitation(who, "qualification:assistant").last_day == dt.date(2027, 6, 1)
    town.qualify(who)  # registered again under another number
    town.work()
    assert invitations() == 1
    assert len(invited(who)) == 1


def test_the_same_events_again_invite_nobody_twice(town):
    who = town.person()
    certificate_id, held_id = town.certify(who), town.qualify(who)
    town.work()
    issued = services().certificates.certificate(certificate_id)
    again = CertificateIssued(
        certificate_id=certificate_id, person_id=who.person_id, kind=issued.kind, number=issued.number,
        valid_from=issued.valid_from, valid_until=issued.valid_until, supersedes_id=None,
    )  # fmt: skip
    inviting.on_issued(again)
    inviting.on_issued(again)
    inviting.on_recorded(
        QualificationRecorded(person_id=who.person_id, kind="assistant", registered_from=None, registered_until=None)
    )
    assert held_id is not None
    assert inviting.sweep(lambda _done, _of: None) == 0
    assert invitations() == 2
    assert len(invited(who)) == 2


def test_nobody_is_invited_without_a_scheme_or_too_late(town):
    early, late, none = town.person(), town.person(), town.person()
    town.qualify(early, obtained_on=dt.date(2025, 12, 31))  # before the scheme begins
    town.qualify(late, obtained_on=dt.date(2026, 1, 1))
    with clock.frozen(dt.datetime(2027, 1, 2, 4, tzinfo=dt.UTC)):  # the day after the last
        town.work()
    inviting.on_recorded(
        QualificationRecorded(person_id=none.person_id, kind="senior", registered_from=None, registered_until=None)
    )
    assert invitations() == 0


def test_somebody_is_still_invited_on_the_last_day(town):
    who = town.person()
    town.qualify(who, obtained_on=dt.date(2026, 1, 1))
    with clock.frozen(dt.datetime(2027, 1, 1, 15, 59, tzinfo=dt.UTC)):
        town.work()
    assert town.invitation(who, "qualification:assistant").last_day == dt.date(2027, 1, 1)


def test_what_a_roster_brought_is_found_by_the_job_that_looks_at_everybody(town):
    """A roster's qualifications are told by no event of their own."""
    people = [town.person() for _number in range(3)]
    for who in people:
        qualify(who.person_id, first=None, last=None)  # obtained on 1 June 2024
    older = schemes.illustrative(dt.date(2024, 1, 1))[1]
    schemes.save(SYSTEM, older.__class__(**{**_fields(older), "claim_days": 1000}))
    town.work()
    assert invitations() == 3
    assert [len(invited(who)) for who in people] == [1, 1, 1]


def _fields(made):
    return {name: getattr(made, name) for name in made.__dataclass_fields__}


def test_looking_at_everybody_again_costs_no_statement_for_each(town):
    for _number in range(3):
        town.qualify(town.person())
    town.work()

    def cost():
        with count_queries() as seen:
            assert inviting.sweep(lambda _done, _of: None) == 0
        return seen.count

    few = cost()
    for _number in range(12):
        town.qualify(town.person())
    town.work()
    assert cost() == few


def test_a_scheme_made_longer_keeps_last_days_and_one_made_anew_invites_holders(town):
    who = town.person()
    town.qualify(who)
    town.work()
    longer = schemes.illustrative(dt.date(2026, 1, 1))[1]
    schemes.save(SYSTEM, longer.__class__(**{**_fields(longer), "claim_days": 400}))
    town.work()
    assert town.invitation(who, "qualification:assistant").last_day == dt.date(2027, 7, 6)
    assert len(invited(who)) == 1


def test_a_corrected_certificate_keeps_its_invitation_and_its_last_day(town):
    who = town.person("陈思雨")
    first = town.certify(who)
    town.work()
    with unit_of_work(SYSTEM) as uow:
        uow.session.get_one(Person, who.person_id).name = "陈诗雨"
    with clock.frozen(dt.datetime(2026, 11, 2, 4, tzinfo=dt.UTC)):
        second = certificates.correct(SYSTEM, first, "姓名有误")
        town.work()
    invitation = town.invitation(who)
    assert (invitation.certificate_id, invitation.award_key) == (second, f"certificate:{first.hex}")
    assert invitation.obtained_on == dt.date(2026, 9, 28)
    assert len(invited(who)) == 1


def test_a_revoked_certificate_takes_its_invitation_along_and_a_new_one_brings_it_back(town):
    who = town.person()
    certificates.revoke(SYSTEM, town.certify(who), "考试作弊")
    town.work()
    assert invitations() == 0  # revoked before anybody was told
    again = town.certify(who)
    town.work()
    certificates.revoke(SYSTEM, again, "证书信息有误")
    town.work()
    assert town.invitation(who).voided_at is not None
    assert claimable(who) == []
    with clock.frozen(dt.datetime(2026, 11, 2, 4, tzinfo=dt.UTC)):
        third = town.certify(who)
        town.work()
        invitation = town.invitation(who)
        assert (invitation.certificate_id, invitation.voided_at) == (third, None)
        assert invitation.obtained_on == dt.date(2026, 11, 2)
        assert claimable(who) == ["certificate:CDSGY"]
    assert len(invited(who)) == 2


def claimable(who):
    return [one.invitation.basis for one in claims.claimable(who.person_id)]


def test_the_phone_names_what_can_be_claimed_by_its_last_day(town):
    who = town.person()
    assert claimable(who) == []
    town.certify(who)
    town.qualify(who)
    town.work()
    assert claimable(who) == ["qualification:assistant", "certificate:CDSGY"]
    claim = town.claim(who)
    assert claimable(who) == ["qualification:assistant"]
    services().approvals.withdraw(who, claim.case_id, "")
    assert town.now(claim.id).state is ClaimState.WITHDRAWN
    assert len(claimable(who)) == 2


def test_the_phone_does_not_name_what_cannot_be_claimed_today(town):
    who = town.person()
    town.qualify(who, obtained_on=dt.date(2026, 6, 1))
    town.work()
    row = session.query(Employment).filter_by(person_id=who.person_id).one()
    with unit_of_work(SYSTEM) as uow:
        uow.session.get_one(Employment, row.id).started_on = dt.date(2026, 3, 1)
    [offer] = claims.offers(who.person_id)
    assert (offer.is_open, offer.may_claim, claimable(who)) == (True, False, [])  # twelve months are not full yet
    with clock.frozen(dt.datetime(2027, 6, 2, 4, tzinfo=dt.UTC)):
        [offer] = claims.offers(who.person_id)
        assert (offer.is_open, offer.may_claim, claimable(who)) == (False, False, [])  # too late for good


def test_nobody_is_invited_in_a_unit_that_subsidies_is_not_offered_to(town):
    here, there = town.person(), town.person(org_id=town.city.community_b)
    plugins.offer_to(SYSTEM, "subsidies", town.city.county_b, active=False)
    for who in (here, there):
        town.certify(who)
    town.work()
    assert (len(invited(here)), len(invited(there)), invitations()) == (1, 0, 1)
    plugins.offer_to(SYSTEM, "subsidies", town.city.county_b, active=True)
    assert inviting.sweep(lambda _done, _of: None) == 1
    assert len(invited(there)) == 1


def test_one_scheme_for_a_basis_is_what_the_database_itself_keeps(town):
    second = insert(Scheme).values(code="other", basis="certificate:CDSGY", created_at=clock.now())
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(second)
