from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.testing.factories.access import PASSWORD, make_account
from lms.testing.factories.people import make_person
from lms.testing.plugin import FreshContextClient


@pytest.fixture
def browser(app: Flask):
    """Make another browser: `browser()`."""

    def open_browser() -> FlaskClient:
        return FreshContextClient(app, app.response_class)

    return open_browser


@pytest.fixture
def learner(city):
    """A person of the street with an account `wangfang` and a phone."""
    person_id = make_person("王芳", city.street_a, phone="13800138000")
    make_account(person_id, "wangfang")
    return person_id


@pytest.fixture
def log_in():
    """Sign a browser in through the form."""

    def send(client: FlaskClient, login: str = "wangfang", password: str = PASSWORD, target: str = ""):
        return client.post("/sign-in", data={"login": login, "password": password, "next": target})

    return send
