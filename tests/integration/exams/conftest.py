from __future__ import annotations

import pytest

from lms.access.actors import actor_for
from lms.exams import service
from lms.exams.dto import Claims
from lms.exams.starting import start
from lms.kernel.fastpath import fastpath
from lms.testing.factories.exams import make_exam
from lms.testing.factories.people import make_person


@pytest.fixture
def exam(city):
    """A frozen session that is open now."""
    return make_exam(city.city)


@pytest.fixture
def seated(city, exam):
    """A registered person."""
    person_id = make_person(org_id=city.community_a)
    service.register(actor_for(person_id), exam.session_id)
    return person_id


@pytest.fixture
def claims(exam, seated):
    """The claims of the person's first device, the sitting begun."""
    started = start(fastpath(), exam.session_id, seated)
    return Claims(started.sitting_id, started.device, "login")
