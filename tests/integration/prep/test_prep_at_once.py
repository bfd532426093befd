"""Real connections at the same moment: one sign-up, one merging, one answer."""

from __future__ import annotations

from functools import partial

import pytest

from lms.access.actors import actor_for
from lms.access.dto import Device
from lms.access.models import Account
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.people.models import Person
from lms.prep.models import PrepAnswer, PrepPaper, SignUp
from lms.prep.service import practising, signing_up
from lms.testing.factories.access import make_officer
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person
from lms.testing.factories.prep import make_subject, new_sign_up, sign_up
from lms.testing.threads import together

pytestmark = [pytest.mark.slow, pytest.mark.postgres]
DEVICE = Device("127.0.0.1", "test")


def refused(answers):
    return sum(isinstance(answer, LmsError) for answer in answers)


def test_sign_ups_mergings_and_answers_sent_at_once_happen_once(real_app):
    with real_app.app_context():
        city = make_small_city()
        same = [new_sign_up(city.county_a, phone="13912345678") for _number in range(3)]
        db.session.rollback()
        answers = together(real_app, *(partial(signing_up.sign_up, new, DEVICE) for new in same))
        assert refused(answers) == 2
        db.session.rollback()
        assert db.session.query(SignUp).count() == db.session.query(Account).count() == 1
        assert db.session.query(Person).filter(Person.id_number_index.is_(None)).count() == 1

        subject, row = make_subject(city.city), sign_up(city.county_a, name="邓芳")
        slug, me = subject.slug, actor_for(row.person_id)
        db.session.rollback()
        papers = together(real_app, *[partial(practising.start, me, slug, key="k")] * 3)
        assert len(set(papers)) == 1
        together(real_app, *(partial(practising.answer, me, papers[0], 0, frozenset({place})) for place in range(3)))
        db.session.rollback()
        assert db.session.query(PrepPaper).count() == db.session.query(PrepAnswer).count() == 1

        kept = make_person("邓芳", city.community_a)
        officers = [actor_for(make_officer("hr_officer", city.county_a)) for _number in range(2)]
        sign_up_id = row.id
        db.session.rollback()
        answers = together(real_app, *(partial(signing_up.merge, officer, sign_up_id, kept) for officer in officers))
        assert refused(answers) == 1
        db.session.rollback()
        assert db.session.query(PrepPaper).filter_by(person_id=kept).count() == 1
