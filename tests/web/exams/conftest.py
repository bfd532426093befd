from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from lms.access.actors import actor_for
from lms.exams import service
from lms.exams.front import TOKEN_HEADER
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.exams import MadeExam, make_exam
from lms.testing.factories.people import make_person
from lms.testing.plugin import FreshContextClient

JSON = {"Accept": "application/json"}


@dataclass
class Candidate:
    """A registered person in a browser of their own."""

    client: Any
    person_id: Any
    exam: MadeExam
    sitting: str = ""
    token: str = ""
    device: int = 0

    def start(self):
        answer = self.client.post(f"/exams/sessions/{self.exam.session_id}/start", headers=JSON)
        if answer.status_code == 200:
            self.sitting = answer.json["sitting"]
            self.token, self.device = answer.json.get("token", self.token), answer.json.get("device", self.device)
        return answer

    def save(self, *entries, sitting=None, token=None, device=None):
        rows = [
            dict(zip(("seq", "position", "choice", "marked"), (*entry, False)[:4], strict=True)) for entry in entries
        ]
        return self.client.post(
            f"/exams/sittings/{sitting or self.sitting}/answers",
            json={"device": self.device if device is None else device, "entries": rows},
            headers={TOKEN_HEADER: self.token if token is None else token, **JSON},
        )

    def take_over(self, former=0):
        return self.client.post(f"/exams/sittings/{self.sitting}/device", json={"from": former}, headers=JSON)

    def hand_in(self):
        return self.client.post(
            f"/exams/sittings/{self.sitting}/submit", json={}, headers={TOKEN_HEADER: self.token, **JSON}
        )


@pytest.fixture
def exam(city):
    return make_exam(city.city)


@pytest.fixture
def browser(app):
    """Make a browser signed in as a person."""

    def make(person_id):
        client = FreshContextClient(app, app.response_class)
        sign_in(client, person_id)
        return client

    return make


@pytest.fixture
def candidates(browser, city, exam):
    """Make registered candidates, each with a browser."""

    def make(made=exam):
        person_id = make_person(org_id=city.community_a)
        service.register(actor_for(person_id), made.session_id)
        return Candidate(browser(person_id), person_id, made)

    return make


@pytest.fixture
def candidate(candidates):
    """One candidate who has begun."""
    made = candidates()
    assert made.start().status_code == 200
    return made


@pytest.fixture
def officer(browser, city):
    """An exam officer of the city, signed in."""
    return browser(make_officer("exam_officer", city.city))
