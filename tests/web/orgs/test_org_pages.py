from __future__ import annotations

import io
import re

import pytest
from openpyxl import load_workbook

from lms.access.service import grant_role
from lms.kernel.actor import SYSTEM
from lms.orgs import queries
from lms.orgs.models import OrgKind
from lms.orgs.service import add_unit
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.orgs import make_unit
from lms.testing.queries import count_queries

USCC = "52510100MJ00000029"


@pytest.fixture
def operator(client, city):
    """A browser of the operator of county A."""
    sign_in(client, make_officer("operator", city.county_a))
    return client


@pytest.fixture
def reader(client, city):
    """A browser of the HR officer of county A: may look, not change."""
    sign_in(client, make_officer("hr_officer", city.county_a))
    return client


def test_browsing_begins_at_the_officers_own_unit_and_goes_down(reader, city):
    start = reader.get("/admin/orgs")
    assert start.location == f"/admin/orgs/{city.county_a}"
    page = reader.get(start.location).text
    assert "玉林街道" in page
    assert "社区 1" in page
    below = reader.get(f"/admin/orgs/{city.street_a}").text
    assert f'href="/admin/orgs/{city.county_a}">武侯区</a>' in below
    assert f'href="/admin/orgs/{city.city}"' not in below, "the city above is named, not linked"


def test_an_officer_of_two_units_begins_with_a_list(client, city):
    from_two = make_officer("hr_officer", city.county_a)
    sign_in(client, from_two)
    grant_role(SYSTEM, person_id=from_two, role="hr_officer", org_id=city.street_b, reason="兼任")
    page = client.get("/admin/orgs").text
    assert "武侯区" in page
    assert "少城街道" in page
    assert "玉林东路社区" not in page


@pytest.mark.parametrize("unit", ["county_b", "street_b", "community_b", "city"])
@pytest.mark.parametrize("page", ["", "/add", "/rename", "/move"])
def test_another_units_pages_do_not_exist(operator, city, unit, page):
    assert operator.get(f"/admin/orgs/{getattr(city, unit)}{page}").status_code == 404


@pytest.mark.parametrize("page", ["/add", "/rename", "/move"])
def test_who_may_only_look_changes_nothing(reader, city, page):
    assert reader.get(f"/admin/orgs/{city.street_a}{page}").status_code == 403
    assert "改名" not in reader.get(f"/admin/orgs/{city.street_a}").text


def test_a_search_finds_names_codes_and_credit_codes_in_the_officers_units_only(reader, city):
    add_unit(SYSTEM, kind=OrgKind.AGENCY, name="锦里社工中心", parent_id=city.street_a, uscc=USCC)
    make_unit(city.street_b, OrgKind.COMMUNITY, "锦里西社区")

    def found(query):
        book = load_workbook(io.BytesIO(reader.get("/admin/orgs.xlsx", query_string=query).data))
        return [row[1] for row in book.active.iter_rows(min_row=2, values_only=True)]

    assert found({"q": "锦里"}) == ["锦里社工中心"]
    assert found({"q": USCC.lower()}) == ["锦里社工中心"]
    assert found({"q": "玉林", "kind": "community"}) == ["玉林东路社区"]
    assert found({"q": "%"}) == []
    assert found({"kind": "nonsense", "q": "少城"}) == []
    assert "武侯区 / 玉林街道" in reader.get("/admin/orgs?q=玉林东").text
    assert "没有找到单位" in reader.get(f"/admin/orgs/{city.street_a}?q=少城").text


def test_an_agency_is_added_and_a_wrong_credit_code_is_explained(operator, city):
    address = f"/admin/orgs/{city.street_a}/add"
    wrong = operator.post(address, data={"kind": "agency", "name": "甲机构", "uscc": "52510100MJ0000002X"})
    assert wrong.status_code == 422
    assert "请对照登记证书核对" in wrong.text
    assert 'value="甲机构"' in wrong.text
    done = operator.post(address, data={"kind": "agency", "name": "甲机构", "uscc": USCC})
    assert done.status_code == 303
    assert queries.by_code(USCC).parent_id == city.street_a
    assert operator.post(address, data={"kind": "agency", "name": "甲机构", "uscc": USCC}).status_code == 422


@pytest.mark.parametrize(
    "data",
    [{}, {"kind": "agency", "name": ""}, {"kind": "city", "name": "新城"}, {"kind": "station", "name": "长" * 81}],
)
def test_an_incomplete_unit_is_refused(operator, city, data):
    assert operator.post(f"/admin/orgs/{city.street_a}/add", data=data).status_code == 422


def test_renaming_a_unit_that_changed_meanwhile_keeps_the_other_change(operator, city):
    address = f"/admin/orgs/{city.street_a}/rename"
    seen = {"expected": "玉林街道", "reason": "区划调整"}
    assert operator.post(address, data=seen | {"name": "玉林新街道"}).status_code == 303
    late = operator.post(address, data=seen | {"name": "玉林老街道"})
    assert late.status_code == 409
    assert queries.unit(city.street_a).name == "玉林新街道"


def test_a_unit_is_moved_to_one_that_was_searched(operator, city):
    target = make_unit(city.county_a, OrgKind.STREET, "浆洗街街道")
    page = operator.get(f"/admin/orgs/{city.community_a}/move?q=浆洗").text
    [address] = re.findall(r'action="(/admin/orgs/[^"]+/move/[^"]+)"', page)
    assert operator.post(address).status_code == 303
    assert queries.unit(city.community_a).parent_id == target
    nowhere = operator.get(f"/admin/orgs/{city.street_a}/move?q=少城").text
    assert "没有可以作为上级的单位" in nowhere
    assert operator.post(f"/admin/orgs/{city.street_a}/move/{city.county_b}").status_code == 404


def test_a_list_of_units_costs_the_same_however_long_it_is(operator, city):
    def cost():
        with count_queries() as seen:
            assert operator.get(f"/admin/orgs/{city.street_a}?q=社").status_code == 200
        return seen.count

    few = cost()
    for number in range(15):
        make_unit(city.street_a, OrgKind.COMMUNITY, f"新社区{number}")
    assert cost() == few
