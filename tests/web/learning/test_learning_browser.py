"""What the reading page's script claims, in a real browser whose clock the test turns: seconds read, and no others."""

from __future__ import annotations

import pytest

from lms.access.actors import actor_for
from lms.kernel.db import db
from lms.learning import service
from lms.testing.factories.courses import make_course
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person
from lms.testing.served import served_academy

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("reading")]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A served academy with one learner in one course: the address of the lesson, and the learner's cookie."""
    with served_academy(tmp_path_factory.mktemp("reading")) as academy:
        with academy.app.app_context():
            city = make_small_city()
            learner = make_person("", city.community_a)
            enrolment_id = service.enrol(actor_for(learner), make_course(city.county_a, minimum_minutes=30))
            db.session.remove()
        yield f"{academy.base}/learn/{enrolment_id}/01-part", academy.signed_in(learner)


class Tab:
    """An open lesson: `pass_seconds` turns the page's clock, `claims` are what it has sent."""

    def __init__(self, page, url):
        self.page, self.sent, self.under_way = page, [], set()
        page.on("request", self._note)
        page.on("requestfinished", self._note_end)
        page.on("requestfailed", self._note_end)
        page.clock.install()
        page.goto(url)
        self.settle()

    def _note(self, request):
        if request.url.endswith("/learn/beats"):
            self.sent.append(request.post_data_json)
            self.under_way.add(request)

    def _note_end(self, request):
        self.under_way.discard(request)

    def settle(self):
        self.page.wait_for_load_state("networkidle")

    def pass_seconds(self, seconds):
        for _second in range(seconds):
            self.page.clock.run_for(1000)
            self._wait_for_answers()

    def _wait_for_answers(self):
        """A claim is answered, or has failed, within its second, however slow this machine is."""
        for _try in range(1000):
            if not self.under_way:
                return
            self.page.wait_for_timeout(10)
        pytest.fail("a claim has no answer")

    def wait_until_sent(self):
        for _try in range(200):
            if not self.kept:
                return
            self.page.wait_for_timeout(50)
        pytest.fail("claims are still kept")

    @property
    def claims(self):
        return {tuple(beat) for body in self.sent for beat in body["beats"]}

    @property
    def kept(self):
        return self.page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('study.')).length")


@pytest.fixture
def context(screens, served):
    return screens(served[1])


@pytest.fixture
def tab(context, served):
    return Tab(context.new_page(), served[0])


def test_a_reader_claims_twenty_seconds_at_a_time_until_nothing_moves(tab):
    tab.pass_seconds(41)
    assert tab.claims == {(1, 20), (2, 20)}
    tab.pass_seconds(200)
    assert tab.claims == {(1, 20), (2, 20), (3, 20), (4, 20)}
    assert "暂停计时" in tab.page.inner_text("[data-status]")
    tab.page.mouse.wheel(0, 50)
    tab.pass_seconds(21)
    assert "正在计时" in tab.page.inner_text("[data-status]")
    assert max(tab.claims) == (5, 20)


def test_a_phone_that_slept_claims_nothing_for_it(tab):
    tab.pass_seconds(21)
    tab.page.clock.fast_forward(3600 * 1000)
    tab.page.mouse.wheel(0, 50)
    tab.pass_seconds(21)
    assert sum(seconds for _seq, seconds in tab.claims) <= 44


def test_a_hidden_tab_does_not_count(tab):
    hide = "Object.defineProperty(document, 'visibilityState', {value: %r, configurable: true});"
    tell = "dispatchEvent(new Event('visibilitychange'))"
    tab.pass_seconds(5)
    tab.page.evaluate(hide % "hidden" + tell)
    tab.pass_seconds(60)
    tab.page.evaluate(hide % "visible" + tell)
    tab.pass_seconds(21)
    assert sum(seconds for _seq, seconds in tab.claims) <= 26


def test_claims_wait_without_network_and_are_sent_once_it_is_back(context, tab):
    context.set_offline(True)
    tab.pass_seconds(41)
    assert "网络断开" in tab.page.inner_text("[data-status]")
    assert tab.kept == 1
    context.set_offline(False)
    tab.wait_until_sent()
    assert {(1, 20), (2, 20)} <= tab.claims


def test_claims_of_a_tab_that_was_closed_without_network_are_sent_by_the_next(context, tab, served):
    context.set_offline(True)
    tab.pass_seconds(21)
    left = tab.sent[-1]["tab"]
    tab.page.close()
    context.set_offline(False)
    following = Tab(context.new_page(), served[0])
    assert (1, 20) in {tuple(beat) for body in following.sent if body["tab"] == left for beat in body["beats"]}
    assert following.kept == 0


def test_reading_to_the_end_and_answering_shows_at_once(tab):
    tab.page.locator("#check-1 label.choice").nth(1).click()
    tab.page.locator("#check-1 button").click()
    tab.page.locator("[data-need=checks].met").wait_for()
    assert "答对了" in tab.page.inner_text("#check-1")
    tab.page.locator("[data-end]").scroll_into_view_if_needed()
    tab.page.locator("[data-need=end].met").wait_for()
