from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from lms.exams import service
from lms.exams.dto import Claims
from lms.exams.front import TOKEN_HEADER
from lms.exams.models import AnswerEntry, Sitting
from lms.exams.receipts import login_mark, make_token
from lms.exams.rules import MAX_BODY
from lms.kernel.db import db
from lms.kernel.ids import new_id
from lms.testing.factories.access import sign_in
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries


def journal():
    return db.session.scalars(select(AnswerEntry).order_by(AnswerEntry.device, AnswerEntry.seq)).all()


def test_a_candidate_starts_answers_and_hands_in(candidate):
    saved = candidate.save((1, 0, 1), (2, 1, 2, True))
    assert saved.status_code == 200
    assert [one["seq"] for one in saved.json["receipts"]] == [1, 2]
    assert saved.json["deadline"] - saved.json["now"] > 59 * 60_000
    handed_in = candidate.hand_in()
    assert handed_in.json["answered"] == 2
    assert candidate.hand_in().json == handed_in.json
    page = candidate.client.get(handed_in.json["url"])
    assert handed_in.json["receipt"] in page.text
    late = candidate.save((3, 2, 1))
    assert (late.status_code, late.json["code"]) == (409, "submitted")


def test_starting_twice_leads_to_the_same_sitting_and_only_the_first_gets_the_token(candidates):
    candidate = candidates()
    first, second = candidate.start(), candidate.start()
    assert first.json["sitting"] == second.json["sitting"]
    assert "token" in first.json
    assert "token" not in second.json


def test_a_plain_form_starts_too(candidates):
    candidate = candidates()
    answer = candidate.client.post(f"/exams/sessions/{candidate.exam.session_id}/start")
    assert answer.status_code == 303
    assert "/exams/sittings/" in answer.location


def test_saving_needs_no_lookup_beyond_its_one_statement(candidate):
    with count_queries() as seen:
        assert candidate.save((1, 0, 1)).status_code == 200
    assert seen.count == 0  # the one statement runs on the raw connection


def test_a_save_needs_no_csrf_token_but_starting_does(app, candidate):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert candidate.save((1, 0, 1)).status_code == 200
        assert candidate.save((1, 0, 1)).status_code == 200  # the slow path through the framework
        assert candidate.take_over().status_code == 409
        assert candidate.start().status_code == 409
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_a_repeated_answer_gets_the_same_receipt(candidate):
    assert candidate.save((1, 0, 1)).json["receipts"] == candidate.save((1, 0, 1)).json["receipts"]
    assert len(journal()) == 1


@pytest.mark.parametrize("token", ["", "nonsense", "WyJhIiwxLCJiIl0.c2lnbmVk"])
def test_a_forged_token_is_refused(candidate, token):
    answer = candidate.save((1, 0, 1), token=token)
    assert (answer.status_code, answer.json["code"]) == (401, "token_invalid")
    assert journal() == []


def test_a_token_signed_with_another_secret_is_refused(candidate):
    cookie = candidate.client.get_cookie("sign_in").value
    sitting = db.session.scalars(select(Sitting.id)).one()
    forged = make_token("another-secret", Claims(sitting, 1, login_mark(cookie)))
    assert candidate.save((1, 0, 1), token=forged).status_code == 401


def test_a_stolen_token_without_its_sign_in_is_worth_nothing(candidates, candidate):
    thief = candidates()
    answer = thief.save((1, 0, 1), sitting=candidate.sitting, token=candidate.token, device=1)
    assert answer.status_code == 401
    assert journal() == []


def test_another_persons_sitting_does_not_exist(candidates, candidate):
    other = candidates()
    other.start()
    assert other.save((1, 0, 1), sitting=candidate.sitting).status_code == 404
    assert other.client.get(f"/exams/sittings/{candidate.sitting}").status_code == 404
    assert other.client.get(f"/exams/sittings/{candidate.sitting}/handed-in").status_code == 404
    other.sitting = candidate.sitting
    assert other.take_over().status_code == 404
    assert other.hand_in().status_code == 404
    assert db.session.scalars(select(Sitting.device)).all() == [1, 1]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"device": 1, "entries": []}',
        b'{"device": 2, "entries": [{"seq": 1, "position": 0, "choice": 1, "marked": false}]}',
        b'{"device": 1, "entries": [{"seq": -1, "position": 0, "choice": 1, "marked": false}]}',
        b'{"device": 1, "entries": [{"seq": 1, "position": 0, "choice": 4096, "marked": false}]}',
        b'{"device": 1, "entries": "' + b"x" * MAX_BODY + b'"}',
        b"\xff\xfe",
    ],
)
def test_what_is_no_answer_is_refused_with_a_clear_error(candidate, body):
    answer = candidate.client.post(
        f"/exams/sittings/{candidate.sitting}/answers",
        data=body,
        headers={TOKEN_HEADER: candidate.token, "Content-Type": "application/json", "Accept": "application/json"},
    )
    assert (answer.status_code, answer.json["code"]) == (422, "bad_entries")
    assert journal() == []


def test_an_item_beyond_the_paper_is_refused(candidate):
    answer = candidate.save((1, 99, 1))
    assert (answer.status_code, answer.json["code"]) == (422, "bad_position")


def test_going_on_with_another_device_makes_the_first_one_read_only(browser, candidate):
    candidate.save((1, 0, 1), (2, 1, 2))
    phone = browser(candidate.person_id)
    answer = phone.post(
        f"/exams/sittings/{candidate.sitting}/device", json={"from": 0}, headers={"Accept": "application/json"}
    )
    assert answer.json["device"] == 2
    assert answer.json["carry"] is False
    assert answer.json["answers"] == {"0": [1, False], "1": [2, False]}
    refused = candidate.save((3, 2, 1))
    assert (refused.status_code, refused.json["code"]) == (409, "superseded")
    assert candidate.hand_in().json["code"] == "superseded"
    headers = {TOKEN_HEADER: candidate.token, "Accept": "application/json"}
    assert (
        candidate.client.get(f"/exams/sittings/{candidate.sitting}/clock", headers=headers).json["code"] == "superseded"
    )


def test_the_same_browser_carries_its_unsent_answers_over_a_new_sign_in(candidate):
    sign_in(candidate.client, candidate.person_id)
    assert candidate.save((1, 0, 1)).status_code == 401
    answer = candidate.take_over(former=1)
    assert answer.json["carry"] is True
    candidate.token, candidate.device = answer.json["token"], answer.json["device"]
    assert candidate.save((1, 0, 1)).status_code == 200


def test_the_clock_tells_time_and_deadline(candidate):
    answer = candidate.client.get(f"/exams/sittings/{candidate.sitting}/clock", headers={TOKEN_HEADER: candidate.token})
    assert 59 * 60_000 < answer.json["deadline"] - answer.json["now"] <= 60 * 60_000


def test_a_paper_is_cacheable_without_the_key_and_only_for_who_has_begun(candidates, candidate):
    page = candidate.client.get(f"/exams/sittings/{candidate.sitting}").text
    address = page.split('data-paper="')[1].split('"')[0]
    paper = candidate.client.get(address)
    assert "immutable" in paper.headers["Cache-Control"]
    assert "private" in paper.headers["Cache-Control"]
    items = paper.json["items"]
    assert len(items) == 9
    assert all(set(item) == {"part", "kind", "half_points", "stem", "options", "several"} for item in items)
    assert "因为甲正确" not in paper.text
    assert candidates().client.get(address).status_code == 404
    assert candidate.client.get(address.replace(".json", "0.json")).status_code == 404


def test_who_is_not_registered_cannot_start(browser, exam):
    stranger = browser(make_person())
    answer = stranger.post(f"/exams/sessions/{exam.session_id}/start", headers={"Accept": "application/json"})
    assert answer.status_code == 404


def test_nobody_signed_in_is_sent_to_sign_in(client, exam):
    assert client.post(f"/exams/sessions/{exam.session_id}/start").status_code == 302
    answer = client.post(f"/exams/sessions/{exam.session_id}/start", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert client.get(f"/exams/sittings/{new_id()}").status_code == 302


def test_a_submitted_sitting_shows_its_receipt_instead_of_the_paper(candidate):
    service.submit(db.session.scalars(select(Sitting.id)).one())
    answer = candidate.client.get(f"/exams/sittings/{candidate.sitting}")
    assert answer.status_code == 302
    assert answer.location.endswith("/handed-in")


def test_the_service_worker_may_serve_the_exam_pages(client):
    answer = client.get("/exams/worker.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    answer.close()


def test_the_answers_of_both_layers_look_the_same(candidate):
    first = candidate.save((1, 0, 1))
    second = candidate.save((1, 0, 1))
    assert set(first.json) == set(second.json)
    for header in ("Content-Security-Policy", "X-Content-Type-Options", "Cache-Control", "Content-Type"):
        assert first.headers[header] == second.headers[header]
    assert json.loads(first.data)["receipts"] == json.loads(second.data)["receipts"]
