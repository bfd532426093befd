"""What a certificate asks for besides: the core's types and a plugin's, on the issuing page and when it is issued."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from lms.access.actors import actor_for
from lms.certificates import service as certificates
from lms.certificates.models import Certificate, CertificateKind, IssueBatch
from lms.credits.models import CreditEntry
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.jobs import worker
from lms.people.models import QualificationKind
from lms.plugin_host.shield import PluginFailed
from lms.requirements import checking
from lms.testing.factories.certificates import earn, make_ground, make_kind
from lms.testing.factories.credits import complete, qualify
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries

HOURS = {"type": "hours", "params": {"minutes": 600, "months": 12}}
LEVEL = {"type": "qualification", "params": {"level": "intermediate"}}
INITIAL = {"type": "probe.initial", "params": {"initial": "陈"}}
LIST = "/desk/certificates"


@pytest.fixture
def office(probe):
    """A kind that asks for everything, and an HR officer in the browser; issues to a person."""
    officer = probe.be("hr_officer")
    with probe.app.app_context():
        make_kind(probe.city.city, requirements=[HOURS, LEVEL, INITIAL])
        probe.ground = make_ground(probe.city.city)

    def issue(person):
        with probe.app.app_context():
            return certificates.issue(actor_for(officer), "CDSGY", person)

    return issue


def candidate(probe, name="陈思雨", *, minutes=600, level=QualificationKind.SENIOR, day=None):
    """Somebody with the course and the pass, some hours and a qualification."""
    with probe.app.app_context():
        person = make_person(name, probe.city.community_a)
        earn(probe.ground, [person])
        if minutes:
            complete(person, minutes, day=day)
        if level:
            qualify(person, level)
        return person


def issued(probe):
    with probe.app.app_context():
        return db.session.scalar(select(func.count()).select_from(Certificate))


def test_a_candidate_who_meets_everything_is_issued_through_the_page(probe, office):
    person = candidate(probe)
    page = probe.page(LIST)
    assert "近 12 个月继续教育 10 小时，要求 10 小时。" in page
    assert "已取得高级社会工作师职业资格。" in page
    assert "姓陈，要求姓陈。" in page
    assert "不满足" not in page
    answer = probe.client.post(f"{LIST}/issue", data={"kind": "CDSGY", "only": person})
    assert answer.status_code == 302
    assert issued(probe) == 1


def test_the_refusal_and_the_page_name_each_requirement_that_is_not_met(probe, office):
    person = candidate(probe, "王强", minutes=90, level=QualificationKind.ASSISTANT)
    page = probe.page(LIST)
    unmet = (
        "近 12 个月继续教育 1 小时 30 分，要求 10 小时。",
        "没有社会工作师或更高的国家职业资格。",
        "姓王，要求姓陈。",
    )
    assert all(text in page for text in unmet)
    assert "还不能签发" in page
    assert f'value="{person}"' not in page
    with pytest.raises(Conflict) as refusal:
        office(person)
    assert all(text in str(refusal.value) for text in unmet)
    assert issued(probe) == 0


def test_in_a_cohort_only_those_who_meet_everything_are_issued_and_the_others_read_why(probe, office):
    ready, short = candidate(probe), candidate(probe, "陈二", minutes=0)
    probe.client.post(f"{LIST}/issue", data={"kind": "CDSGY", "all": "1"})
    worker.drain(probe.app)
    with probe.app.app_context():
        batch = db.session.scalars(select(IssueBatch)).one()
    page = probe.page(f"{LIST}/batches/{batch.id}")
    assert (page.count("已签发"), page.count("未签发")) == (1, 1)
    assert "近 12 个月继续教育 0 小时，要求 10 小时。" in page
    assert set(batch.outcome) == {ready.hex, short.hex}


def test_hours_of_just_so_many_months_count(probe, office):
    today = clock.today()
    inside, outside = clock.months_later(today, -12) + dt.timedelta(days=1), clock.months_later(today, -12)
    people = [candidate(probe, day=day) for day in (inside, outside)]
    with probe.app.app_context():
        found = checking.checked([HOURS], people, today)
        assert [found[person][0].met for person in people] == [True, False]
        assert len(db.session.scalars(select(CreditEntry.id)).all()) == 2


def test_the_list_costs_the_same_however_many_candidates_it_has(probe, office):
    def cost():
        with count_queries() as seen:
            assert probe.page(LIST).count("姓陈，要求姓陈。") == len(people)
        return seen.count

    people = [candidate(probe)]
    cost()  # the first page of a process asks for more
    one = cost()
    people += [candidate(probe, f"陈{number}") for number in range(5)]
    assert cost() == one


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"type": "probe.nothing", "params": {}}, "requirements.0.type"),
        ({"type": "hours", "params": {"minutes": 0, "months": 12}}, "requirements.0.params"),
        ({"type": "qualification", "params": {"level": "master"}}, "requirements.0.params"),
        ({"type": "probe.initial", "params": {"initial": "欧阳"}}, "requirements.0.params"),
        ({"type": "hours"}, "requirements.0"),
    ],
)
def test_a_kind_with_a_requirement_that_means_nothing_cannot_be_defined(probe, office, wanted, field):
    with probe.app.app_context(), pytest.raises(Invalid) as refusal:
        make_kind(probe.city.city, requirements=[wanted])
    assert list(refusal.value.fields) == [field]


def test_a_kind_defined_again_without_requirements_asks_for_none(probe, office):
    with probe.app.app_context():
        make_kind(probe.city.city)
        assert db.session.get_one(CertificateKind, "CDSGY").requirements == []
    assert office(candidate(probe, "王强", minutes=0, level=None))


def test_while_the_plugin_is_off_its_requirement_is_not_met(probe, office):
    person = candidate(probe)
    probe.switch(on=False)
    words = "“姓氏”现在无法核对：提供它的模块已停用或没有安装。"
    assert words in probe.page(LIST)
    with pytest.raises(Conflict, match=words):
        office(person)
    probe.switch(on=True)
    assert office(person)


@pytest.mark.parametrize("fault", ["initial_is", "slow", "nonsense"])
def test_a_check_that_fails_leaves_its_line_unanswered_and_the_page_whole(probe, office, fault):
    probe.host.firebreak.seconds = 0.5
    candidate(probe)
    if fault == "nonsense":
        probe.plugin.NONSENSE["initial_is"] = {1: True}
    else:
        probe.plugin.BROKEN.add(fault)
    page = probe.page(LIST)
    assert "“姓氏”现在查不到结果。" in page
    assert "近 12 个月继续教育 10 小时，要求 10 小时。" in page
    assert [place for place, hurts in probe.faults() if hurts] == ["slot requirement"]


def test_a_check_that_raises_when_the_certificate_is_issued_refuses_it(probe, office):
    person = candidate(probe)
    probe.plugin.BROKEN.add("initial_is")
    with pytest.raises(PluginFailed):
        office(person)
    assert issued(probe) == 0
    assert probe.faults() == [("RequirementType probe.initial check", True)]


def test_somebody_the_check_says_nothing_of_is_not_issued(probe, office):
    person = candidate(probe)
    probe.plugin.NONSENSE["initial_is"] = {}
    with pytest.raises(Conflict, match="“姓氏”现在查不到结果。"):
        office(person)
