"""A round on phones and at a desk: conditions, application, panel, ranking; and a session of supervision signed by both."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from playwright.sync_api import expect

from lms.kernel import clock
from lms.programmes.service import supervising
from lms.testing.factories.people import make_person
from lms.testing.factories.programmes import Call, hold

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def call(scene):
    with scene.academy.app.app_context():
        yield Call(scene.city)


def test_a_round_is_applied_for_scored_and_ranked(call, visit, on_phone):
    worker = call.worker("陈思雨")
    phone = on_phone(worker.person_id)
    phone.open("/programmes")
    phone.press('a[href="/programmes/tracks/supervision"]')
    expect(phone.page.locator(".ladder li")).to_have_count(5)
    phone.open(f"/programmes/rounds/{call.round_id}/apply")
    phone.press("main form button")
    expect(phone.page.locator(".field.wrong")).to_have_count(1)
    phone.page.locator('[name="statement"]').fill("带教新人三年。")
    phone.press("main form button")
    assert "/programmes/applications/" in phone.page.url
    application = uuid.UUID(phone.page.url.rsplit("/", 1)[1])
    other = call.eligible("周小满")
    call.approve(application, call.officers[call.city.community_a], call.officers[call.city.county_a])
    call.start_scoring()
    member = on_phone(call.members[0].person_id)
    member.open(f"/panels/{call.round_id}")
    member.press('a[href$="/' + str(application) + '"]')
    for number, one in enumerate(call.version.criteria):
        member.page.locator(f'[name="{one["key"]}"]').fill(str(20 - number))
    member.press("main form button")
    for one in call.members[1:]:
        call.members[0], kept = one, call.members[0]
        call.score(application, 85)
        call.members[0] = kept
    call.score(other, 80, 50, 82)
    desk = visit(call.boss.person_id)
    desk.open(f"/desk/rounds/{call.round_id}")
    desk.press('form[action$="/rank"] button')
    desk.press(f'main a[href="/desk/rounds/applications/{application}"]')
    desk.open(f"/desk/rounds/{call.round_id}")
    desk.press('form[action$="/confirm"] button')
    for path in ("/desk/rounds", "/desk/appointments", "/desk/programmes", "/desk/programmes/sup_junior",
                 "/desk/programmes/tracks/supervision/ratio", "/desk/programmes/new", "/desk/rounds/new/sup_junior",
                 "/desk/appointments/check"):  # fmt: skip
        desk.open(path)
    phone.open(f"/programmes/applications/{application}")
    phone.open("/programmes/tracks/talents")


def test_a_session_of_supervision_is_signed_by_both(call, visit, on_phone):
    boss, worker = make_person("罗督导", call.city.community_a), call.worker("何俊杰")
    appointment = hold(boss, "sup_junior", clock.today() - dt.timedelta(days=90))
    supervising.pair(call.officers[call.city.county_a], boss, worker.person_id)
    phone = on_phone(boss)
    phone.open("/supervision")
    phone.press('main a[href$="/new"]')
    for name, text in (("plan", "讨论个案"), ("content", "给了三条建议")):
        phone.page.locator(f'[name="{name}"]').fill(text)
    phone.press("main form button")
    path = phone.page.url.removeprefix(phone.base)
    phone.press('form[action$="/sign"] button')
    other = on_phone(worker.person_id)
    other.open("/")
    other.open(path)
    other.page.locator('[name="reflection"]').fill("学到了提问的方法。")
    other.press('form[action$="/agree"] button')
    other.open("/supervision")
    desk = visit(call.officers[call.city.county_a].person_id)
    desk.open(f"/desk/appointments/{appointment}?find=何俊杰")
    desk.open(f"/desk/people/{boss}")
