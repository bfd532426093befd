"""Either the tuition of a degree or the one-time award for it: whoever comes first, in both directions, at once too."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from lms_tuition.service import claiming

from lms.certificates import service as certificates
from lms.plugin_api.errors import Conflict, LmsError
from lms.plugin_api.services import ProofFile, services
from lms.plugin_api.work import SYSTEM, session, unit_of_work
from lms.testing.factories import approvals as cases
from lms.testing.factories.access import sign_in
from lms.testing.factories.certificates import earn, make_ground, make_kind
from lms.testing.threads import together
from lms_payouts.api import BankAccount, BudgetLevel, ClaimState
from lms_subsidies.dto import NewClaim as NewAward
from lms_subsidies.dto import NewRevision
from lms_subsidies.models import Claim as Award
from lms_subsidies.models import Invitation
from lms_subsidies.rules import Stacking
from lms_subsidies.service import claiming as awards
from lms_subsidies.service import schemes

CARD = "6217000012345678907"


def attempt(call):
    with unit_of_work(SYSTEM) as uow, uow.savepoint():
        call()


class Both:
    """A town where a bachelor's degree has an award as well."""

    def __init__(self, town):
        self.town = town
        self.kind = make_kind(town.city.city)
        self.ground = make_ground(town.city.city)
        schemes.save(
            SYSTEM,
            NewRevision(
                code="bachelor", basis="certificate:CDSGY", title={"zh_CN": "本科学历奖励", "en": "Bachelor award"},
                amount_fen=300_000, valid_from=dt.date(2026, 1, 1), valid_to=None, claim_days=365,
                budget_level=BudgetLevel.COUNTY, conditions=(), stacking=Stacking.FULL, note="示例", degree="bachelor",
            ),
        )  # fmt: skip

    def graduate(self, who):
        """Certify the degree, and be invited to the award."""
        earn(self.ground, [who.person_id])
        certificates.issue(SYSTEM, self.kind, who.person_id, print_now=False)
        self.town.work()

    def award(self, who, key="award-1"):
        invitation = session.query(Invitation).filter_by(person_id=who.person_id).one()
        proof = ProofFile("insurance", "社保.pdf", cases.PDF_BYTES)
        new = NewAward(key=key, invitation_id=invitation.id, account=BankAccount(CARD, "中国银行"), proofs=(proof,))
        session.rollback()
        return partial(awards.open_claim, who, new)


@pytest.fixture
def both(town):
    return Both(town)


def test_who_claims_tuition_cannot_claim_the_award_until_the_claim_ended_without_money(both):
    town = both.town
    who, claim = town.claimed()
    both.graduate(who)
    with pytest.raises(Conflict) as refused:
        attempt(both.award(who))
    assert refused.value.code == "payouts_either_or"
    assert "本科学费报销" in refused.value.why
    services().approvals.withdraw(who, town.now(claim.id).case_id, "")
    award = session.get_one(Award, both.award(who)())
    assert (award.person_id, award.state) == (who.person_id, ClaimState.IN_REVIEW)
    again = town.new(town.study_now(claim.study_id))
    with pytest.raises(Conflict) as refused:
        attempt(lambda: claiming.open_claim(who, again))
    assert refused.value.code == "payouts_either_or"
    assert "本科学历奖励" in refused.value.why


def test_both_pages_say_so_before_anything_is_typed(both, client):
    town = both.town
    who, _claim = town.claimed()
    both.graduate(who)
    sign_in(client, who.person_id)
    invitation = session.query(Invitation).filter_by(person_id=who.person_id).one()
    assert "可以申领" not in client.get("/").text
    page = client.get(f"/me/subsidies/{invitation.id}").text
    assert "您已在办理或领过“本科学费报销”" in page
    assert 'name="bank_account"' not in page
    other = town.person("李晓萍")
    both.graduate(other)
    both.award(other)()
    study = town.signed(other)
    sign_in(client, other.person_id)
    assert "去报销" not in client.get("/me/tuition").text
    for path in ("", "/claim"):
        page = client.get(f"/me/tuition/studies/{study.id}{path}").text
        assert "您已在办理或领过“本科学历奖励”" in page
        assert 'name="bank_account"' not in page


def test_another_degree_is_another_matter(both):
    town = both.town
    who = town.person()
    town.claim(who, town.signed(who, "master"))
    both.graduate(who)
    award = session.get_one(Award, both.award(who)())
    assert (award.person_id, award.subject) == (who.person_id, "degree:bachelor")


def test_an_award_that_was_rejected_or_cancelled_gives_the_tuition_free(both):
    town = both.town
    who = town.person()
    both.graduate(who)
    award_id = both.award(who)()
    study = town.signed(who)
    with pytest.raises(Conflict):
        attempt(lambda: claiming.open_claim(who, town.new(study)))
    case_id = services().approvals.of_subjects([award_id])[award_id].case_id
    cases.reject(case_id, town.chain[1], "材料不符")
    session.rollback()
    assert town.claim(who, study).subject == "degree:bachelor"


@pytest.mark.slow
def test_both_claimed_at_the_same_moment_are_one_claim(real_app, open_town):
    with real_app.app_context():
        town = open_town(real_app)
        both = Both(town)
        for round_ in range(3):
            who = town.person(f"陈思{'雨雪霜'[round_]}")
            both.graduate(who)
            study = town.signed(who)
            tuition = partial(claiming.open_claim, who, town.new(study))
            award = both.award(who, f"award-{round_}")
            answers = together(real_app, tuition, award)
            refused = [one for one in answers if isinstance(one, LmsError)]
            assert [one.code for one in refused] == ["payouts_either_or"]
