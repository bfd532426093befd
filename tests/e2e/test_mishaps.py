"""What people do to pages: press twice, go back, open two tabs, come back too late, change the address."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select, update

from lms.access.models import LoginSession
from lms.certificates.models import Certificate
from lms.exams import service
from lms.exams.models import Sitting, SittingState
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.uow import unit_of_work
from lms.learning.models import Enrolment
from lms.people.models import Person
from lms.testing.browser import PHONE
from lms.testing.factories.certificates import SLUG
from lms.testing.factories.courses import study
from lms.testing.factories.exams import sit
from lms.testing.factories.people import make_id_number

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="session")
def locale():
    return "zh_CN"


@pytest.fixture
def rows(scene):
    """Count rows that the academy holds now."""

    def count(*where):
        with scene.academy.app.app_context():
            return db.session.scalar(select(func.count()).where(*where))

    return count


def press_twice(page, target):
    """Two clicks in the same moment, faster than any page can answer."""
    with page.expect_navigation():
        page.locator(target).first.evaluate("button => { button.click(); button.click(); }")
    page.wait_for_load_state()


def test_one_enrolment_is_made_when_the_button_is_pressed_twice_in_two_tabs(scene, on_phone, rows):
    learner = scene.learner()
    phone = on_phone(learner)
    other = phone.context.new_page()
    for page in (phone.page, other):
        page.goto(f"{phone.base}/courses/{SLUG}")
    press_twice(phone.page, 'form[action$="/enrol"] button')
    press_twice(other, 'form[action$="/enrol"] button')
    assert rows(Enrolment.person_id == learner) == 1
    phone.look()


def test_one_sitting_is_begun_and_handed_in_once_when_buttons_are_pressed_twice(scene, on_phone, rows):
    session = scene.session()
    learner = scene.candidate(session)
    phone = on_phone(learner)
    page = phone.page
    phone.open(f"/exams/sessions/{session}")
    page.locator("#start button").evaluate("button => { button.click(); button.click(); }")
    page.wait_for_url("**/exams/sittings/*")
    page.locator(".item:not([hidden]) .option").first.click()
    expect(page.locator('[data-part="saved"][data-state="saved"]')).to_contain_text("1")
    page.locator('[data-act="review"]').click()
    page.locator('[data-part="hand-in"]').evaluate("button => { button.click(); button.click(); }")
    page.wait_for_url("**/handed-in")
    receipt = phone.look().locator(".receipt").inner_text()
    assert rows(Sitting.person_id == learner) == 1
    page.go_back()  # past the paper, which is not kept in the history
    expect(page.locator('a[href$="/handed-in"]')).to_be_visible()
    page.goto(f"{phone.base}/exams/sittings/{sitting_of(scene, learner)}")
    page.wait_for_url("**/handed-in")
    expect(page.locator(".receipt")).to_have_text(receipt)
    assert rows(Sitting.person_id == learner, Sitting.state == SittingState.SUBMITTED) == 1


def test_one_certificate_is_issued_when_the_button_is_pressed_twice_and_again_after_going_back(scene, visit, rows):
    session, learner = scene.session(), scene.learner()
    with scene.academy.app.app_context():
        study(learner, SLUG)
        sit(session, learner)
    publish(scene, session)
    desk = visit(scene.officer("hr_officer", name="周岚"))
    desk.open("/desk/certificates")
    press_twice(desk.page, f'button[name="only"][value="{learner}"]')
    desk.look()
    desk.page.go_back()
    again = desk.page.locator(f'button[name="only"][value="{learner}"]')
    if again.count():  # the browser kept the old page
        desk.press(f'button[name="only"][value="{learner}"]')
    assert rows(Certificate.person_id == learner) == 1


def test_what_was_typed_is_kept_when_the_sign_in_has_ended_in_the_middle_of_a_form(scene, visit, rows):
    officer = scene.officer("hr_officer", name="周岚")
    desk = visit(officer)
    page = desk.page
    page.clock.install()
    desk.open("/desk/people/new")
    typed = {
        "name": "林若溪", "id_number": make_id_number(777), "unit": "玉林东路社区", "started_on": "2026-03-01",
    }  # fmt: skip
    for name, value in typed.items():
        page.locator(f'[name="{name}"]').fill(value)
    page.clock.fast_forward("40:00")
    end_sign_ins(scene)
    page.locator('.desk-main form[method="post"] button').first.click()
    expect(page.locator("[data-signed-out]")).to_be_visible()
    desk.look()
    assert rows(Person.name == "林若溪") == 0
    desk.context.add_cookies([scene.academy.signed_in(officer)])  # signed in anew in another window
    desk.press('.desk-main form[method="post"] button')
    assert rows(Person.name == "林若溪") == 1


def test_a_form_sent_late_leads_to_the_sign_in_page_when_scripts_did_not_run(scene, visit, rows):
    desk = visit(scene.officer("hr_officer", name="周岚"))
    desk.open("/desk/people/new")
    desk.page.locator('[name="name"]').fill("没有存下的人")
    end_sign_ins(scene)
    desk.press('.desk-main form[method="post"] button')
    expect(desk.page.locator('form[action="/sign-in"]')).to_be_visible()
    assert rows(Person.name == "没有存下的人") == 0


def test_another_units_person_is_not_found_when_the_id_stands_in_the_address(scene, visit):
    stranger = scene.learner(org_id=scene.city.community_b)
    desk = visit(scene.officer("hr_officer", name="周岚", org_id=scene.city.county_a))
    for path in (f"/desk/people/{stranger}", f"/desk/people/{stranger}/edit", f"/desk/hours/{stranger}"):
        desk.open(path, status=404)
        expect(desk.page.locator("main")).not_to_contain_text("成都市武侯区")


def test_another_learners_things_are_not_found_when_their_id_stands_in_the_address(scene, visit, on_phone):
    owner = visit(scene.holder, PHONE)
    owner.open("/exams")
    result = owner.page.locator('a[href^="/exams/results/"]').get_attribute("href")
    with scene.academy.app.app_context():
        enrolment = db.session.scalars(select(Enrolment.id).where(Enrolment.person_id == scene.holder)).one()
        certificate = db.session.scalars(select(Certificate.id).where(Certificate.person_id == scene.holder)).one()
    sitting = sitting_of(scene, scene.holder)
    other = on_phone(scene.learner())
    for path in (
        result, f"/learn/{enrolment}/01-part", f"/exams/sittings/{sitting}", f"/exams/sittings/{sitting}/handed-in",
        f"/certificates/{certificate}.pdf",
    ):  # fmt: skip
        other.open(path, status=404)


def publish(scene, session):
    with scene.academy.app.app_context():
        service.close_session(SYSTEM, session)
        service.grade_session(session)
        service.publish(SYSTEM, session)


def sitting_of(scene, person_id):
    with scene.academy.app.app_context():
        return db.session.scalars(select(Sitting.id).where(Sitting.person_id == person_id)).one()


def end_sign_ins(scene):
    with scene.academy.app.app_context(), unit_of_work(SYSTEM) as uow:
        uow.change(update(LoginSession).values(expires_at=clock.now()))
