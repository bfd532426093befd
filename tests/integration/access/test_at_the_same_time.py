"""Two requests in one moment, with real commits and connections."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
from sqlalchemy import func, select

from lms.access import queries
from lms.access.actors import actor_for
from lms.access.dto import Device
from lms.access.models import Account, Grant
from lms.access.service import activation, grant_role, second_factor
from lms.access.service.sign_in import show_code, sign_in
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.orgs import service as orgs
from lms.orgs.models import OrgKind, OrgUnit
from lms.orgs.queries import path
from lms.testing.factories.access import PASSWORD, make_account
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person

HERE = Device("127.0.0.1", "test")
NUMBER = "11010519491231002X"


@pytest.fixture
def at_once(real_app):
    """Run a call in several threads at the same moment; returns the results, errors among them."""

    def run(call, times=4):
        gate = threading.Barrier(times)

        def one(number):
            with real_app.app_context():
                gate.wait(timeout=20)
                try:
                    return call(number)
                except LmsError as error:
                    return error

        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(one, range(times)))

    return run


def successes(results):
    return [result for result in results if not isinstance(result, LmsError)]


@pytest.fixture
def place(real_app):
    with real_app.app_context():
        city = make_small_city()
        person = make_person("王芳", city.street_a, id_number=NUMBER)
        db.session.remove()
    return city, person


def test_one_code_of_the_app_opens_one_sign_in(real_app, at_once, place):
    _city, person = place
    with real_app.app_context():
        make_account(person, "wangfang")
        actor = actor_for(person)
        offer = second_factor.offer_totp(actor)
        totp = pyotp.TOTP(offer.secret)
        code = totp.at(clock.now().timestamp() - 30)
        second_factor.enrol_totp(actor, sealed=offer.sealed, code=code, password=PASSWORD, device=HERE)
        waiting = [queries.find_sign_in(sign_in("wangfang", PASSWORD, HERE).token) for _ in range(4)]
        db.session.remove()
    code = totp.at(clock.now())
    results = at_once(lambda number: show_code(waiting[number], code, HERE))
    assert len(successes(results)) == 1


def test_one_activation_code_opens_one_account(real_app, at_once, place):
    _city, person = place
    with real_app.app_context():
        code = activation.make_code(SYSTEM, person).code
        db.session.remove()

    def activate(number):
        return activation.activate(
            id_number=NUMBER, code=code, username=f"name{number}x", password="Willow-Bank-52", device=HERE
        )

    assert len(successes(at_once(activate))) == 1
    with real_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Account)) == 1


def test_guesses_in_one_moment_are_all_counted(real_app, at_once, place):
    _city, person = place
    with real_app.app_context():
        make_account(person, "wangfang")
        db.session.remove()
    results = at_once(lambda _number: sign_in("wangfang", "Wrong-Pond-48", HERE), times=5)
    assert successes(results) == []
    with real_app.app_context():
        account = queries.account_of(person)
        assert account.failed_count == 5
        assert account.locked_until is not None


def test_the_same_grant_given_twice_at_once_is_one(real_app, at_once, place):
    city, person = place
    results = at_once(
        lambda _number: grant_role(SYSTEM, person_id=person, role="trainer", org_id=city.street_a, reason="测试")
    )
    assert len(successes(results)) == 1
    with real_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Grant)) == 1


def test_two_moves_at_once_close_no_circle(real_app, at_once, place):
    city, _person = place
    with real_app.app_context():
        zone = orgs.create_unit(SYSTEM, code="Z1", name="功能区", kind=OrgKind.ZONE, parent_id=city.city)
        db.session.remove()
    moves = [
        (city.street_a, zone),
        (city.street_a, city.county_b),
        (city.street_b, zone),
        (city.street_b, city.county_a),
    ]
    at_once(lambda number: orgs.move_unit(SYSTEM, *moves[number]))
    with real_app.app_context():
        parents = dict(db.session.execute(select(OrgUnit.id, OrgUnit.parent_id)).all())
        for unit in parents:
            walked, at = [], unit
            while at is not None:
                walked.append(at)
                at = parents[at]
            stored = [one.id for one in path(unit)]
            assert stored == walked[::-1]


def test_stations_added_at_once_have_codes_of_their_own(real_app, at_once, place):
    city, _person = place
    results = at_once(
        lambda number: orgs.add_unit(SYSTEM, kind=OrgKind.STATION, name=f"第{number}社工站", parent_id=city.street_a)
    )
    assert len(set(successes(results))) == 4


def test_the_city_loaded_by_two_at_once_is_loaded_once(real_app, at_once):
    results = at_once(lambda _number: orgs.load_city(SYSTEM), times=2)
    assert [report.added for report in successes(results) if report.added] == [3333]
    with real_app.app_context():
        assert orgs.load_city(SYSTEM).present == 3333
