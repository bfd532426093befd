"""Real connections: the same voucher, the same form, the same study and the same leave at the same moment."""

from __future__ import annotations

import dataclasses
import datetime as dt
from functools import partial

import pytest
from lms_tuition.claim_models import Claim, Voucher
from lms_tuition.models import Study
from lms_tuition.service import claiming, recalling, studying
from sqlalchemy import func, select

from lms.plugin_api.errors import LmsError
from lms.plugin_api.services import services
from lms.plugin_api.work import session
from lms.testing.threads import together
from lms_payouts.models import Receivable

pytestmark = pytest.mark.slow


@pytest.fixture
def town(real_app, open_town):
    with real_app.app_context():
        made = open_town(real_app)
        made.fund()
        yield made


def count(model, *where):
    session.rollback()
    return session.scalar(select(func.count()).select_from(model).where(*where))


def refusals(answers):
    return [one for one in answers if isinstance(one, LmsError)]


def test_a_voucher_that_two_people_claim_at_once_is_used_once_by_number_and_by_file(town, make_line):
    people = [town.person(name) for name in ("陈思雨", "李晓萍")]
    found = [town.signed(who) for who in people]
    shared = make_line()
    spaced = dataclasses.replace(shared, number=" ".join(shared.number), file=make_line().file)
    for pair in ((shared, spaced), (make_line(), None)):
        first = pair[0]
        second = pair[1] or dataclasses.replace(make_line(), file=first.file)
        forms = [town.new(study, one) for study, one in zip(found, (first, second), strict=True)]
        session.rollback()
        calls = [partial(claiming.open_claim, who, form) for who, form in zip(people, forms, strict=True)]
        [refused] = refusals(together(town.app, *calls))
        assert refused.code == "voucher_used"
        assert list(refused.fields) == ["line0_number" if pair[1] else "line0_file"]
        town_claims = session.scalars(select(Claim).where(Claim.state == "in_review")).all()
        [made] = town_claims
        owner = next(who for who in people if who.person_id == made.person_id)
        session.rollback()
        services().approvals.withdraw(owner, town.now(made.id).case_id, "")
    assert count(Voucher, Voucher.used) == 0


def test_one_form_sent_three_times_at_once_is_one_claim_and_two_forms_are_not_both_reviewed(town):
    who = town.person()
    study = town.signed(who)
    form = town.new(study)
    session.rollback()
    answers = together(town.app, *(partial(claiming.open_claim, who, one) for one in (form, form, form)))
    assert len(set(answers)) == 1
    other = town.person("李晓萍")
    second = town.signed(other)
    forms = [town.new(second), town.new(second)]
    session.rollback()
    answers = together(town.app, *(partial(claiming.open_claim, other, one) for one in forms))
    assert [one.code for one in refusals(answers)] == ["claim_in_review"]
    assert count(Claim) == 2


def test_two_studies_for_one_level_at_once_are_one(town):
    who = town.person()
    forms = [town.new_study(), town.new_study()]
    session.rollback()
    answers = together(town.app, *(partial(studying.apply, who, form) for form in forms))
    assert [one.code for one in refusals(answers)] == ["second_study"]
    assert count(Study) == 1


def test_a_leave_recorded_twice_at_once_is_one_receivable(town):
    _who, claim = town.paid()
    officers = [town.officer("hr_officer", town.city.county_a, number) for number in (1, 2)]
    day = dt.date(2026, 9, 28)
    session.rollback()
    calls = (partial(recalling.record_leave, officer, claim.study_id, day, "离职") for officer in officers)
    answers = together(town.app, *calls)
    assert len(refusals(answers)) == 1
    assert count(Receivable) == 1
