from __future__ import annotations

import pytest

from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.people import make_id_number, make_person
from lms.testing.queries import count_queries


@pytest.fixture
def officer(client, city):
    sign_in(client, make_officer("hr_officer", city.county_a, "周岚"))


def search(client, asked):
    return client.get("/desk/search", query_string={"q": asked}).text


def test_people_are_found_by_a_part_of_the_name_with_their_unit(client, city, officer):
    make_person("陈思雨", city.community_a)
    page = search(client, "思雨")
    assert "陈思雨" in page
    assert "玉林东路社区" in page


def test_people_are_found_by_the_last_four_of_their_identity_number(client, city, officer):
    number = make_id_number(700)
    make_person("陈思雨", city.community_a, id_number=number)
    assert "陈思雨" in search(client, number[-4:])
    assert "陈思雨" not in search(client, number)


def test_people_of_another_county_are_not_found(client, city, officer):
    make_person("陈思雨", city.community_b)
    assert "没有找到" in search(client, "陈思雨")


def test_a_percent_sign_does_not_list_everybody(client, city, officer):
    make_person("陈思雨", city.community_a)
    assert "没有找到" in search(client, "%")


def test_without_a_word_nothing_is_searched(client, city, officer):
    make_person("陈思雨", city.community_a)
    page = search(client, "  ")
    assert "要找什么" in page
    assert "陈思雨" not in page


def test_learners_cannot_search_people(client, city):
    sign_in(client, make_person("王强", city.community_a))
    assert client.get("/desk/search?q=陈").status_code == 403


def test_search_asks_the_same_number_of_queries_however_many_it_finds(client, city, officer):
    make_person("陈一", city.community_a)
    with count_queries() as few:
        search(client, "陈")
    for number in range(12):
        make_person(f"陈{number}", city.community_a)
    with count_queries() as many:
        search(client, "陈")
    assert many.count == few.count
