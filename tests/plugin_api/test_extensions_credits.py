"""A rule of how hours count that a plugin offers: in the ledger, on the learner's page, and when the plugin is away."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from lms.credits import service as credits_service
from lms.credits.models import CreditEntry
from lms.credits.wording import why
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.i18n import in_locale
from lms.plugin_host import service
from lms.plugin_host.shield import PluginFailed
from lms.testing.factories.credits import complete
from lms.testing.factories.people import make_person

ACTUAL = "完成课程 2026.1 版的全部要求，按该版规定计 2 小时"


@pytest.fixture
def learner(probe):
    return probe.be("", probe.city.community_a)


def entries(probe):
    with probe.app.app_context():
        return [(one.minutes, one.why) for one in db.session.scalars(select(CreditEntry).order_by(CreditEntry.id))]


def done(probe, person, minutes=120, category="public"):
    with probe.app.app_context():
        complete(person, minutes, category)


def test_a_course_counts_by_the_rule_and_the_learner_reads_why(probe, learner):
    done(probe, learner)
    [(minutes, kept)] = entries(probe)
    assert minutes == 60
    assert [step["rule"] for step in (kept, *kept["then"])] == ["course_completed", "probe.half"]
    page = probe.page("/hours")
    assert ACTUAL in page
    assert "公需科目按一半计算。计 1 小时，计入公需科目。" in page
    with probe.app.app_context(), in_locale("en"):
        entry = db.session.scalars(select(CreditEntry)).one()
        assert "Public subjects count half." in why(entry)


def test_what_the_rule_leaves_alone_counts_as_the_core_says(probe, learner):
    done(probe, learner, category="professional")
    assert entries(probe) == [
        (120, {"rule": "course_completed", "course": "chengdu-social-worker", "version": "2026.1"})
    ]


def test_the_rule_is_asked_only_for_persons_to_whose_units_the_plugin_is_offered(probe, learner):
    with probe.app.app_context():
        service.offer_to(SYSTEM, "probe", probe.city.county_b, active=False)
        elsewhere = make_person(org_id=probe.city.community_b)
    done(probe, learner)
    done(probe, elsewhere)
    assert [minutes for minutes, _why in entries(probe)] == [60, 120]


def test_an_entry_keeps_its_reason_when_the_plugin_is_off_or_gone_and_later_courses_count_in_full(probe, learner):
    done(probe, learner)
    probe.switch(on=False)
    done(probe, learner)
    assert [minutes for minutes, _why in entries(probe)] == [60, 120]
    gone = probe.gone()
    with gone.app_context():
        first = db.session.scalars(select(CreditEntry).order_by(CreditEntry.id)).first()
        assert "公需科目按一半计算。" in why(first)
        assert credits_service.check_ledger() == (2, [])
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("fault", ["raises", "nothing", "a number"])
def test_a_rule_that_fails_undoes_the_completion_and_is_reported(probe, learner, fault):
    if fault == "raises":
        probe.plugin.BROKEN.add("halved")
    else:
        probe.plugin.NONSENSE["halved"] = None if fault == "nothing" else 60
    with pytest.raises(PluginFailed):
        done(probe, learner)
    assert entries(probe) == []
    assert probe.faults() == [("CreditRule probe.half apply", True)]
    done(probe, learner, category="professional")
    assert [minutes for minutes, _why in entries(probe)] == [120]


def test_a_course_that_counts_for_nothing_by_the_rules_leaves_no_entry(probe, learner):
    done(probe, learner, minutes=1)
    assert entries(probe) == []
