from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.approvals import kinds, service
from lms.approvals.chain import ChainPlan, ChainStep
from lms.approvals.models import Level
from lms.approvals.queries import case_view, chains
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.i18n import zh
from lms.kernel.models import AuditEntry
from lms.testing.factories.access import make_officer
from lms.testing.factories.approvals import KIND, THREE_STEPS, approve, put_kind

TODAY = dt.date(2026, 9, 28)
CITY_ONLY = ChainPlan(steps=(ChainStep(zh("市级审批"), Level.CITY, 10),), notice_days=None)


def save(actor, plan=CITY_ONLY, valid_from=TODAY, note="成社发〔2026〕9 号"):
    return service.save_chain(actor, KIND, plan, valid_from=valid_from, note=note)


def test_the_kinds_own_chain_counts_until_officers_save_one(office):
    kind = put_kind()
    assert chains.in_force(kind, TODAY).plan == THREE_STEPS
    chain_id = save(office.mayor)
    found = chains.in_force(kind, TODAY)
    assert (found.chain_id, found.valid_from) == (chain_id, TODAY)
    assert [step.level for step in found.plan.steps] == [Level.CITY]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "approval.configure")).one()
    assert entry.detail["plan"]["steps"][0]["days"] == 10


def test_a_chain_counts_from_its_day_and_running_cases_keep_theirs(office):
    running = office.case()
    tomorrow = TODAY + dt.timedelta(days=1)
    save(office.mayor, valid_from=tomorrow)
    assert len(case_view(office.case().case_id).steps) == 3
    with clock.frozen(dt.datetime(2026, 9, 29, 4, tzinfo=dt.UTC)):
        assert len(case_view(office.case().case_id).steps) == 1
        assert approve(running.case_id, office.street).step == 2


def test_a_second_change_of_mind_on_one_day_stands_beside_the_first(office):
    save(office.mayor)
    save(office.mayor, THREE_STEPS)
    assert [row.revision for row in chains.history(KIND)] == [2, 1]
    assert len(chains.in_force(kinds.require(KIND), TODAY).plan.steps) == 3


@pytest.mark.parametrize(
    ("plan", "valid_from", "note", "fields"),
    [
        (ChainPlan(steps=()), TODAY, "依据", {"chain"}),
        (ChainPlan(steps=(ChainStep(zh(""), Level.CITY, 0, "trainer"),)), TODAY, "依据", {"step-1"}),
        (CITY_ONLY, TODAY - dt.timedelta(days=1), " ", {"valid_from", "note"}),
    ],
)
def test_every_fault_is_said_where_it_is(office, plan, valid_from, note, fields):
    with pytest.raises(Invalid) as refusal:
        save(office.mayor, plan, valid_from, note)
    assert set(refusal.value.fields) == fields
    assert chains.history(KIND) == []


def test_only_an_officer_of_the_whole_city_changes_a_chain(office):
    with pytest.raises(NotFound):
        save(office.county)
    with pytest.raises(Forbidden):
        save(actor_for(make_officer("operator", office.city.city)))
    assert chains.history(KIND) == []


def test_a_kind_nobody_declares_has_no_chain_to_save(office):
    with pytest.raises(Conflict):
        service.save_chain(office.mayor, "gone", CITY_ONLY, valid_from=TODAY, note="依据")
