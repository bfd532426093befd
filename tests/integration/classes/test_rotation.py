"""Rotation training: who is due, waves, invitations, make-up, coverage."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from lms.access.actors import actor_for
from lms.classes.course_models import Graduation, Outcome
from lms.classes.models import Audience
from lms.classes.queries import groups, rotation
from lms.classes.queries.rotation import PeopleFilter, Progress, Training
from lms.classes.rotation_models import RotationPerson, RotationWave
from lms.classes.service import enrolling
from lms.classes.service import rotating as service
from lms.classes.service.rotating import NewWave
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.ids import new_id
from lms.kernel.uow import unit_of_work
from lms.messages.models import Message
from lms.people.models import Employment
from lms.requirements import checking
from lms.testing.factories.access import make_officer
from lms.testing.factories.classes import own_id
from lms.testing.jobs import run_jobs
from lms.testing.queries import count_queries


def trained(person, group_id, day):
    """Somebody graduated from a group on a day."""
    row = Graduation(
        id=new_id(), group_id=group_id, person_id=own_id(person), outcome=Outcome.GRADUATED, minutes=180, planned=180,
        facts={"causes": []}, decided_on=day, decided_by=None, decided_at=clock.start_of_day(day),
    )  # fmt: skip
    with unit_of_work(SYSTEM) as uow:
        uow.session.add(row)


def wave(school, **changes):
    values = {
        "org_id": school.city.county_a, "category": "rotation", "title": "冬季轮训", "posts": (),
        "trained_before": dt.date(2025, 1, 1), "due_on": dt.date(2027, 3, 31),
    }  # fmt: skip
    return service.plan_wave(school.officer, NewWave(**(values | changes)))


def invited(wave_id):
    return set(db.session.scalars(select(RotationPerson.person_id).where(RotationPerson.wave_id == wave_id)))


@pytest.fixture
def people(school):
    """Never trained, trained long ago, trained last year; all of community A."""
    workers = [school.worker(name) for name in ("从未", "早年", "去年")]
    group_id = school.group()
    trained(workers[1], group_id, dt.date(2022, 5, 1))
    trained(workers[2], group_id, dt.date(2025, 5, 1))
    return workers


def test_a_wave_invites_who_was_not_trained_since_its_day_once_and_tells_them(app, school, people, city):
    never, long_ago, last_year = people
    school.worker(unit=city.community_b)
    wave_id = wave(school)
    assert rotation.how_many(rotation.candidates(rotation.wave(school.officer, wave_id))) == 4  # and two officers
    service.invite(school.officer, wave_id)
    run_jobs(app)
    assert {own_id(never), own_id(long_ago)} <= invited(wave_id)
    assert own_id(last_year) not in invited(wave_id)
    newcomer = school.worker()
    service.invite(school.officer, wave_id)
    run_jobs(app)
    assert own_id(newcomer) in invited(wave_id)
    told = select(Message.person_id).where(Message.kind == "classes.invited")
    assert sorted(db.session.scalars(told)) == sorted(invited(wave_id))


def test_posts_narrow_a_wave(app, school, people):
    never, long_ago, _last = people
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            update(Employment).where(Employment.person_id == own_id(never)).values(post="社区专职工作者")
        )
    wave_id = wave(school, posts=("社区专职工作者",))
    service.invite(school.officer, wave_id)
    run_jobs(app)
    assert invited(wave_id) == {own_id(never)}
    assert own_id(long_ago) not in invited(wave_id)


def test_who_is_invited_signs_up_for_the_waves_class_and_a_make_up_takes_the_rest(app, school, people):
    never, _long_ago, last_year = people
    listed = school.group(audience=Audience.LISTED)
    wave_id = wave(school)
    service.serve(school.officer, wave_id, listed)
    with pytest.raises(Conflict):
        service.serve(school.officer, wave(school), listed)
    with pytest.raises(Invalid, match="没有加入"):
        service.serve(school.officer, wave_id, school.group(category="prep"))
    with pytest.raises(NotFound):
        enrolling.sign_up(never, listed)
    service.invite(school.officer, wave_id)
    run_jobs(app)
    assert [one.id for one in rotation.invitations(own_id(never))] == [wave_id]
    assert listed in {one.id for one in groups.offered(own_id(never))}
    enrolling.sign_up(never, listed)
    with pytest.raises(NotFound):
        enrolling.sign_up(last_year, listed)
    found = rotation.wave(school.officer, wave_id)
    assert rotation.tally(found) == {
        Progress.TRAINED: 0, Progress.SEATED: 1, Progress.WAITING: 0, Progress.OPEN: 3,
    }  # fmt: skip
    with clock.frozen(clock.now() + dt.timedelta(days=30)):
        trained(never, listed, clock.today())
        assert rotation.invitations(own_id(never)) == []
        with pytest.raises(Conflict, match="还没有结束"):
            service.make_up(school.officer, wave_id, due_on=dt.date(2027, 6, 30))
        service.close_wave(school.officer, wave_id)
        second = service.make_up(school.officer, wave_id, due_on=dt.date(2027, 6, 30))
        assert service.make_up(school.officer, wave_id, due_on=dt.date(2027, 6, 30)) == second
        service.invite(school.officer, second)
        run_jobs(app)
        assert invited(second) == invited(wave_id) - {own_id(never)}
        assert rotation.summaries([wave_id, second]) == {wave_id: (4, 1), second: (3, 0)}
        with pytest.raises(Conflict):
            service.invite(school.officer, wave_id)


def test_coverage_and_the_list_of_people_agree_and_cost_the_same(school, people, city):
    chief = actor_for(make_officer("hr_officer", city.city))
    school.worker(unit=city.community_b)
    rows = {row.name: row for row in rotation.coverage(chief, "rotation")}
    assert (rows["武侯区"].people, rows["武侯区"].trained) == (5, 1)
    assert rows["青羊区"].percent == 0
    for training, names in ((Training.DONE, {"去年"}), (Training.DUE, {"早年"})):
        query = rotation.people(chief, PeopleFilter("rotation", training=training))
        assert {row.name for row in db.session.execute(query)} == names
    never = rotation.people(chief, PeopleFilter("rotation", org_id=city.county_a, training=Training.NEVER))
    assert len(db.session.execute(never).all()) == 3
    with count_queries() as seen:
        rotation.coverage(chief, "rotation")
    assert seen.count <= 3


def test_a_wave_belongs_to_its_unit(school, city):
    stranger = actor_for(make_officer("hr_officer", city.county_b))
    wave_id = wave(school)
    for call in (service.invite, service.close_wave):
        with pytest.raises(NotFound):
            call(stranger, wave_id)
    with pytest.raises(NotFound):
        service.plan_wave(stranger, NewWave(city.county_a, "rotation", "别人的", (), clock.today(), clock.today()))
    with pytest.raises(Invalid) as refusal:
        wave(school, title="", due_on=dt.date(2020, 1, 1), trained_before=dt.date(2030, 1, 1))
    assert set(refusal.value.fields) == {"title", "due_on", "trained_before"}
    assert len(db.session.scalars(select(RotationWave)).all()) == 1


def test_having_graduated_is_a_condition_that_certificates_and_programmes_can_ask_for(school, people):
    never, long_ago, last_year = (own_id(one) for one in people)
    everybody = [never, long_ago, last_year]

    def met(**params):
        asked = [{"type": "class_graduated", "params": {"category": "rotation", **params}}]
        with count_queries() as seen:
            found = checking.checked(asked, everybody, clock.today())
        assert seen.count <= 3
        return [person for person in everybody if found[person][0].met]

    assert met() == [long_ago, last_year]
    assert met(within_months=24) == [last_year]
    assert met(category="senior") == []
