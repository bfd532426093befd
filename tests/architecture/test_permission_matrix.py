"""Every address of the site, asked by everybody: the rules hold for pages nobody thought of here.

The addresses are read from `app.url_map`, so a new page is in the matrix the moment it exists. Ids in addresses are
random: a page may answer 404 for them, never 200.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, BaseConverter, Rule, UUIDConverter
from werkzeug.routing.converters import NumberConverter

from lms.access.roles import CORE_ROLES, roles, roles_holding
from lms.access.views.identify import cookie_name
from lms.app import create_app
from lms.config import Config
from lms.kernel.i18n import gettext as _
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.people import make_person
from lms.webkit.blueprint import PUBLIC, SIGNED_IN, TOKEN, Policy, policy_of

TEXT = "no-such-thing"
STOPPED = {401, 403}


@dataclass(frozen=True)
class Address:
    """One method of one endpoint, with random ids filled in."""

    endpoint: str
    method: str
    path: str
    policy: Policy
    has_ids: bool

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint}"


def sample(converter: BaseConverter) -> object:
    """A value the address takes and that names nothing there is."""
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    if isinstance(converter, UUIDConverter):
        return uuid.uuid4()
    return 999_999 if isinstance(converter, NumberConverter) else TEXT


def is_static(rule: Rule) -> bool:
    return rule.endpoint == "static" or rule.endpoint.endswith(".static")


def addresses(app: Flask) -> Iterator[Address]:
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            if is_static(rule):
                continue
            values = {name: sample(converter) for name, converter in rule._converters.items()}
            path = adapter.build(rule.endpoint, {**(rule.defaults or {}), **values}, append_unknown=False)
            policy = policy_of(app.view_functions[rule.endpoint])
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield Address(rule.endpoint, method, path, policy, bool(rule.arguments))


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Flask:
    """The application without a database: enough to read its addresses and to stop who may not enter."""
    return create_app(Config.from_env({}, data_dir=tmp_path_factory.mktemp("matrix"), testing=True))


def ask(client, address: Address, **options):
    return client.open(address.path, method=address.method, **options)


def with_permission(site: Flask) -> list[Address]:
    return [address for address in addresses(site) if address.policy.permission is not None]


def stay_signed_in(client, person_id) -> None:
    """Sign in, or anew after a page that ended the sign-in."""
    if client.get_cookie(cookie_name()) is None:
        sign_in(client, person_id)


def stopped_at_the_door(answer) -> bool:
    """The blueprint's own refusal, before the view ran."""
    return answer.status_code == 403 and _("您没有打开这个页面的权限。") in answer.text


def test_every_endpoint_says_who_may_open_it(site):
    silent = [
        rule.endpoint
        for rule in site.url_map.iter_rules()
        if not is_static(rule) and policy_of(site.view_functions[rule.endpoint]) is None
    ]
    assert silent == []


def test_every_permission_on_a_page_is_declared_and_some_role_holds_it(app):
    declared = app.extensions["lms.registry"].permissions
    for address in with_permission(app):
        wanted = address.policy.permission
        assert wanted in declared, f"{address}: {wanted} is declared by no room"
        assert roles_holding(wanted), f"{address}: no role holds {wanted}"


def test_every_policy_is_one_we_know(site):
    for address in addresses(site):
        assert address.policy in {PUBLIC, SIGNED_IN, TOKEN} or address.policy.kind == "permission", str(address)


def test_officers_pages_are_not_open_to_everybody(site):
    wide = [
        str(address)
        for address in addresses(site)
        if address.path.startswith(("/desk", "/admin")) and address.policy in {PUBLIC, TOKEN}
    ]
    assert wide == []


def test_nobody_gets_past_the_door_without_signing_in(app, client):
    for address in addresses(app):
        if address.policy in {PUBLIC, TOKEN}:
            continue
        page = ask(client, address)
        assert page.status_code == 302, f"{address}: {page.status_code}"
        assert page.location.startswith("/sign-in"), f"{address}: {page.location}"
        script = ask(client, address, headers={"Accept": "application/json"})
        assert script.status_code == 401, f"{address}: {script.status_code}"
        assert script.json["code"] == "sign_in_required"


def test_a_forged_cookie_opens_no_door(app, client):
    client.set_cookie("sign_in", "A" * 43)
    for address in addresses(app):
        if address.policy not in {PUBLIC, TOKEN}:
            assert ask(client, address).status_code == 302, str(address)


def test_a_person_without_grant_is_stopped_at_every_officers_page(app, client, city):
    sign_in(client, make_person(org_id=city.street_a))
    for address in with_permission(app):
        answer = ask(client, address)
        assert stopped_at_the_door(answer), f"{address}: {answer.status_code}"


def test_a_persons_own_pages_open_without_any_grant(app, client, city):
    person = make_person(org_id=city.street_a)
    for address in addresses(app):
        if address.policy is SIGNED_IN:
            stay_signed_in(client, person)
            status = ask(client, address).status_code
            by_itself = {403} if address.path.startswith("/desk") else set()  # the desk without anything on it
            assert status not in (STOPPED | {500}) - by_itself, f"{address}: {status}"
            assert not (address.has_ids and status == 200 and address.method != "GET"), f"{address} did something"


@pytest.mark.parametrize("role", sorted(CORE_ROLES))
def test_a_role_opens_its_own_pages_and_no_others(app, client, city, role):
    check_pages_of(role, app, client, city)


def test_a_role_of_a_plugin_opens_its_own_pages_and_no_others(app, client, city):
    for role in roles().keys() - CORE_ROLES.keys():
        check_pages_of(role, app, client, city)


def check_pages_of(role, app, client, city):
    officer = make_officer(role, city.county_a)
    sign_in(client, officer)
    for address in with_permission(app):
        stay_signed_in(client, officer)
        answer = ask(client, address)
        if address.policy.permission in roles()[role].permissions:
            assert answer.status_code not in STOPPED | {500}, f"{address}: {answer.status_code}"
        else:
            assert stopped_at_the_door(answer), f"{address}: {answer.status_code}"


@pytest.mark.parametrize("role", sorted(CORE_ROLES))
def test_things_that_do_not_exist_are_never_shown_to_an_officer(app, client, city, role):
    sign_in(client, make_officer(role, city.county_a))
    for address in with_permission(app):
        if address.has_ids and address.policy.permission in roles()[role].permissions:
            answer = ask(client, address)
            assert answer.status_code != 200, f"{address} showed something for a random id"
