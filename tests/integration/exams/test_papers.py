from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from sqlalchemy import select, text

from lms.access.actors import actor_for
from lms.exams import drawing, queries, service
from lms.exams.dto import Blueprint, Part
from lms.exams.models import PaperForm, Seat, SessionState
from lms.exams.service.freezing import redraw
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.questions import service as questions
from lms.questions.models import Item
from lms.testing.factories.access import make_officer
from lms.testing.factories.exams import SYLLABUS, make_bank, make_exam, make_items, make_plan, session_row
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries


def papers(session_id):
    query = select(PaperForm).where(PaperForm.session_id == session_id).order_by(PaperForm.number)
    return db.session.scalars(query).all()


def test_freezing_stores_the_forms_apart_from_their_keys(city):
    made = make_exam(city.city)
    forms = papers(made.session_id)
    assert [form.number for form in forms] == [1, 2]
    for form in forms:
        assert [row["kind"] for row in form.content] == ["single"] * 6 + ["multiple"] * 3
        assert len(form.key) == 9
        assert all("key" not in row for row in form.content)
        assert form.total_half_points == 24
        assert form.digest == drawing.digest(form.content, form.key)
        assert Counter(row["points"][0] for row in form.key[:6]) == {"1.1": 2, "1.2": 2, "2.1": 2}
    assert session_row(made.session_id).state is SessionState.FROZEN


def test_a_frozen_paper_can_be_drawn_again_years_later(city):
    made = make_exam(city.city)
    bank = db.session.scalars(text("SELECT slug FROM bank")).one()
    changed = [*make_items()[:3], *make_items(0, 1)]
    questions.import_bank(
        SYSTEM,
        slug=bank,
        title={"zh_CN": "改"},
        org_id=city.city,
        syllabus_id=questions.import_syllabus(SYSTEM, SYLLABUS),
        course_slug="",
        items=changed,
        retire_missing=True,
    )
    again = redraw(session_row(made.session_id))
    assert [paper.digest for paper in again] == [form.digest for form in papers(made.session_id)]


def test_freezing_twice_keeps_the_first_papers(city):
    made = make_exam(city.city)
    before = [form.digest for form in papers(made.session_id)]
    with pytest.raises(Conflict) as error:
        service.freeze(SYSTEM, made.session_id)
    assert error.value.code == "frozen"
    assert [form.digest for form in papers(made.session_id)] == before


def test_another_seed_gives_other_papers(city):
    first, second = make_exam(city.city, frozen=False), make_exam(city.city, frozen=False)
    service.freeze(SYSTEM, first.session_id)
    service.freeze(SYSTEM, second.session_id)
    assert papers(first.session_id)[0].digest != papers(second.session_id)[0].digest


def test_the_database_refuses_to_change_a_paper(city):
    make_exam(city.city)
    with pytest.raises(Exception, match="append-only"):
        db.session.execute(text("UPDATE paper_form SET total_half_points = 1"))


def test_freezing_a_bank_that_became_too_small_says_what_is_missing(city):
    made = make_exam(city.city, frozen=False)
    for item_id in db.session.scalars(select(Item.id).where(Item.kind == "multiple").limit(4)).all():
        questions.retire_item(SYSTEM, item_id, reason="过时")
    with pytest.raises(Invalid) as error:
        service.freeze(SYSTEM, made.session_id)
    assert "需要 3 题，只有 2 题可用" in error.value.why
    assert papers(made.session_id) == []
    assert session_row(made.session_id).state is SessionState.DRAFT


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ((), "parts"),
        ((Part("single", 0, 2),), "parts"),
        ((Part("single", 4, 3),), "parts"),
        ((Part("essay", 4, 2),), "parts"),
        ((Part("single", 4, 2, ("x",)),), "parts"),
        ((Part("single", 100, 2),), "parts"),
        ((Part("single", 4, 2, ("9",)),), "parts"),
        ((Part("single", 3, 2),), "pass_marks"),
    ],
)
def test_a_blueprint_that_cannot_work_is_refused(city, parts, field):
    bank = make_bank(city.city)
    plan = make_plan()
    faulty = type(plan)(**{**_fields(plan), "blueprint": Blueprint(parts), "pass_half_points": 8})
    with pytest.raises(Invalid) as error:
        service.create_exam(SYSTEM, slug="x", org_id=city.city, bank_id=bank, plan=faulty)
    assert field in error.value.fields


@pytest.mark.parametrize("slug", ["", "New", "a b", "sessions", "new", "x" * 81, "社工"])
def test_an_exam_needs_a_proper_slug(city, slug):
    with pytest.raises(Invalid):
        service.create_exam(SYSTEM, slug=slug, org_id=city.city, bank_id=make_bank(city.city), plan=make_plan())


def test_a_slug_is_used_once(city):
    made = make_exam(city.city)
    with pytest.raises(Conflict):
        service.create_exam(SYSTEM, slug=made.slug, org_id=city.city, bank_id=make_bank(city.city), plan=make_plan())


def test_forms_are_given_out_evenly_before_and_after_freezing(city):
    made = make_exam(city.city, frozen=False)
    for _n in range(3):
        service.register(actor_for(make_person(org_id=city.community_a)), made.session_id)
    service.freeze(SYSTEM, made.session_id)
    for _n in range(4):
        service.register(actor_for(make_person(org_id=city.community_a)), made.session_id)
    given = Counter(db.session.scalars(select(Seat.form_id)))
    assert None not in given
    assert sorted(given.values()) == [3, 4]


def test_a_session_under_way_fixes_the_length_and_the_pass_line(city):
    made = make_exam(city.city)
    plan = make_plan()
    service.edit_exam(SYSTEM, made.exam_id, type(plan)(**{**_fields(plan), "title": {"zh_CN": "新名称"}}))
    with pytest.raises(Conflict):
        service.edit_exam(SYSTEM, made.exam_id, type(plan)(**{**_fields(plan), "minutes": 30}))


def test_times_must_follow_one_another(city):
    made = make_exam(city.city)
    now = clock.now()
    hour = dt.timedelta(hours=1)
    for opens, closes, until in [
        (now + 2 * hour, now + hour, now),
        (now + hour, now + 2 * hour, now + 3 * hour),
        (now - 3 * hour, now - hour, now - 2 * hour),
        (now + hour, now + hour + dt.timedelta(days=40), now),
        (now + dt.timedelta(days=3000), now + dt.timedelta(days=3001), now),
    ]:
        with pytest.raises(Invalid):
            service.create_session(SYSTEM, made.exam_id, opens_at=opens, closes_at=closes, register_until=until)


def test_a_session_cannot_be_moved_or_cancelled_once_it_could_be_started(city):
    made = make_exam(city.city)
    row = session_row(made.session_id)
    with pytest.raises(Conflict):
        service.edit_session(
            SYSTEM,
            made.session_id,
            opens_at=row.opens_at,
            closes_at=row.closes_at + dt.timedelta(hours=1),
            register_until=row.register_until,
        )
    with pytest.raises(Conflict):
        service.cancel_session(SYSTEM, made.session_id, "下雨")


def test_another_units_officer_finds_nothing_and_ones_own_without_the_right_is_refused(city):
    made = make_exam(city.county_a)
    foreign = actor_for(make_officer("exam_officer", city.county_b))
    marker = actor_for(make_officer("marker", city.county_a))
    for act in (
        lambda actor: service.freeze(actor, made.session_id),
        lambda actor: service.edit_exam(actor, made.exam_id, make_plan()),
        lambda actor: service.close_session(actor, made.session_id),
        lambda actor: service.publish(actor, made.session_id),
        lambda actor: service.cancel_session(actor, made.session_id, "x"),
        lambda actor: service.check_list(actor, made.session_id, "x"),
    ):
        with pytest.raises(NotFound):
            act(foreign)
        with pytest.raises(Forbidden):
            act(marker)


def _fields(plan):
    return {name: getattr(plan, name) for name in plan.__dataclass_fields__}


def test_lists_and_the_sitting_page_read_no_paper(city):
    made = make_exam(city.city)
    with count_queries() as seen:
        [(first, _seats), _second] = queries.forms_in_use(made.session_id)
        queries.form(first.id)
        queries.forms(made.session_id)
    assert not [statement for statement in seen.statements if "paper_form.content" in statement]
