"""The pictures of the officers' dashboard: what they count, and that the numbers stand in words too."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from lms.access.actors import actor_for
from lms.credits import queries as hours
from lms.kernel import clock
from lms.learning import queries as learning
from lms.learning import service as courses
from lms.people import queries as people
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.certificates import make_ground, pass_exam
from lms.testing.factories.courses import make_course
from lms.testing.factories.credits import complete, qualify
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries

NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)
ASSISTANT_MINUTES = 72 * 60


@pytest.fixture(autouse=True)
def at_noon():
    with clock.frozen(NOON):
        yield


def registered(unit, last, minutes=0):
    """A certified person whose registration ends on `last`."""
    person = make_person("", unit)
    qualify(person, first=clock.months_later(last, -36) + dt.timedelta(days=1), last=last)
    if minutes:
        complete(person, minutes, day=dt.date(2026, 6, 1))
    return person


def dashboard(client, role, unit):
    sign_in(client, make_officer(role, unit))
    return client.get("/desk").text


def table_of(page, title):
    """The rows of the table behind a picture, as lists of texts."""
    card = page.split(title, 1)[1].split("</section>", 1)[0]
    body = card.split('<details class="chart-data">', 1)[1].split("</details>", 1)[0]
    return [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in body.split("<tr>")[2:]]


def test_registrations_are_counted_in_the_month_they_end_with_those_short_of_hours(city):
    officer = actor_for(make_officer("hr_officer", city.county_a))
    registered(city.community_a, dt.date(2026, 11, 23))  # today still counts
    registered(city.community_a, dt.date(2027, 2, 1), ASSISTANT_MINUTES)
    registered(city.community_a, dt.date(2027, 2, 28), ASSISTANT_MINUTES - 1)
    registered(city.community_a, dt.date(2027, 10, 31))
    registered(city.community_a, dt.date(2027, 11, 1))  # the thirteenth month
    registered(city.community_a, dt.date(2026, 11, 22))  # over
    registered(city.community_b, dt.date(2027, 2, 1))  # another county
    months = hours.ending_by_month(officer, clock.today())
    assert [month.month for month in months][:3] == [dt.date(2026, 11, 1), dt.date(2026, 12, 1), dt.date(2027, 1, 1)]
    assert [(month.ending, month.short) for month in months] == [
        (1, 1), (0, 0), (0, 0), (2, 1), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (1, 1),
    ]  # fmt: skip


def test_coverage_is_told_for_the_units_below_the_officers_own(city):
    for unit, certified, others in ((city.community_a, 1, 2), (city.street_a, 1, 0), (city.community_b, 0, 1)):
        for _number in range(certified):
            registered(unit, dt.date(2027, 2, 1))
        for _number in range(others):
            make_person("", unit)
    both = make_person("", city.community_a)  # two certificates are one certified person
    qualify(both)
    qualify(both, kind=people.QualificationKind.INTERMEDIATE)
    auditor = actor_for(make_officer("auditor", city.city))
    assert [(unit.name, unit.people, unit.certified) for unit in people.coverage(auditor)] == [
        ("武侯区", 5, 3),
        ("青羊区", 1, 0),
    ]
    officer = actor_for(make_officer("hr_officer", city.county_a))  # works in the county itself, not below it
    assert [(unit.name, unit.people, unit.percent) for unit in people.coverage(officer)] == [("玉林街道", 5, 60)]


def test_an_officer_of_the_lowest_unit_sees_that_unit(city):
    make_person("", city.community_a)
    officer = actor_for(make_officer("hr_officer", city.community_a))
    assert [(unit.name, unit.people) for unit in people.coverage(officer)] == [("玉林东路社区", 2)]


def test_courses_are_ordered_by_their_learners(city):
    few, many = (make_course(city.city, slug) for slug in ("few", "many"))
    for slug in (few, many, many):
        courses.enrol(actor_for(make_person()), slug)
    trainer = actor_for(make_officer("trainer", city.city))
    assert [(active, completed) for _title, active, completed in learning.busiest(trainer)] == [(2, 0), (1, 0)]
    assert learning.busiest(actor_for(make_officer("trainer", city.county_a))) == []


def test_the_desk_shows_its_pictures_with_the_numbers_behind_them(client, city):
    registered(city.community_a, dt.date(2027, 2, 1))
    ground = make_ground(city.city)
    pass_exam(ground, [make_person(), make_person()])
    page = dashboard(client, "hr_officer", city.city)
    assert ["2 月", "1", "1"] in table_of(page, "登记到期")
    assert ["武侯区", "1", "1", "100%"] in table_of(page, "持证覆盖")
    assert ["70–80", "2", "2"] in table_of(page, "最近公布的成绩")
    assert "2 人有成绩，2 人合格" in page


def test_scores_are_no_picture_before_they_are_published(client, city):
    pass_exam(make_ground(city.city), [make_person()], published=False)
    assert "最近公布的成绩" not in dashboard(client, "exam_officer", city.city)


def test_a_picture_without_data_is_left_out(client, city):
    page = dashboard(client, "trainer", city.city)
    for title in ("登记到期", "持证覆盖", "最近公布的成绩", "课程学习"):
        assert title not in page


def test_the_desk_costs_the_same_however_many_people_there_are(client, city):
    registered(city.community_a, dt.date(2027, 2, 1))
    dashboard(client, "hr_officer", city.city)
    with count_queries() as few:
        client.get("/desk")
    for _number in range(4):
        registered(city.community_b, dt.date(2027, 3, 1))
    with count_queries() as many:
        client.get("/desk")
    assert many.count == few.count
