"""A list's links to its other pages and its export keep the filters, and nothing else the address says."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from lms.kernel.db import db
from lms.orgs.models import OrgKind
from lms.questions.models import Bank
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.exams import make_bank, make_items
from lms.testing.factories.orgs import make_unit
from lms.testing.factories.people import make_person

HOSTILE = "endpoint=web.home&slug=x&self=x&unit_id=x&values=x&_external=1&_scheme=javascript&_anchor=x&_method=POST"


def links(page: str) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]*)"', page)]


@pytest.mark.parametrize(
    ("address", "rows", "make"),
    [
        ("/admin/orgs?q=单位", 51, lambda city: make_unit(city.street_a, OrgKind.COMMUNITY)),
        ("/admin/grants?q=", 20, lambda city: make_officer("trainer", city.county_a)),
        ("/desk/people?q=", 21, lambda city: make_person("王强", city.community_a)),
        ("/desk/hours?q=", 21, lambda city: make_person("王强", city.community_a)),
    ],
)
def test_an_address_cannot_steer_the_links_of_a_list(client, city, address, rows, make):
    sign_in(client, make_officer("auditor", city.city))
    for _number in range(rows):
        make(city)
    answer = client.get(f"{address}&{HOSTILE}")
    assert answer.status_code == 200
    found = links(answer.text)
    assert any("page=2" in link for link in found)
    assert [link for link in found if link.startswith("javascript") or link.endswith("#x")] == []


def test_a_banks_pages_and_exports_keep_the_filter_and_nothing_of_ours(client, city):
    make_bank(city.county_a, make_items(single=30))
    slug = db.session.scalars(select(Bank.slug)).one()
    sign_in(client, make_officer("trainer", city.county_a))
    answer = client.get(f"/desk/banks/{slug}?kind=single&page=2&{HOSTILE}")
    assert answer.status_code == 200
    kept = "kind=single&self=x&unit_id=x&values=x"
    found = links(answer.text)
    assert f"/desk/banks/{slug}/items.xlsx?{kept}" in found
    assert f"/desk/banks/{slug}/items.gift?{kept}" in found
    assert f"/desk/banks/{slug}?{kept}&page=1" in found
