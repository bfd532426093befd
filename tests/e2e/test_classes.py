"""A class from the officer's desk to the phone and the screen: made, opened, signed up for, attended, closed."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from lms.kernel import clock

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def fill(page, **values):
    for name, value in values.items():
        page.locator(f'[name="{name}"]').fill(value)


def local(moment):
    return moment.astimezone(clock.CITY_ZONE)


def make_class(desk, trainer):
    """A class for everybody that is open and meets now; its address."""
    now, today = local(clock.now()), clock.today()
    starts = max(now - dt.timedelta(hours=1), now.replace(hour=0, minute=1))
    ends = min(now + dt.timedelta(hours=3), now.replace(hour=23, minute=59))
    page = desk.page
    desk.open("/desk/classes")
    desk.press('a[href="/desk/classes/new"]')
    fill(page, title="社区工作者轮训班", title_en="Rotation class", about="面向全体社区工作者。", places="20")
    fill(page, starts_on=today.isoformat(), ends_on=(today + dt.timedelta(days=20)).isoformat())
    fill(page, enrol_from=f"{now - dt.timedelta(days=1):%Y-%m-%dT%H:%M}", enrol_until=f"{now:%Y-%m-%dT%H:%M}")
    desk.press('main form[method="post"] button')
    group = page.url.removeprefix(desk.base)
    desk.press(f'a[href="{group}/edit"]')
    fill(page, enrol_until=f"{now + dt.timedelta(days=2):%Y-%m-%dT%H:%M}")
    desk.press('main form[method="post"] button')
    desk.press(f'a[href="{group}/timetable"]')
    desk.press(".desk-title a.btn.primary")
    fill(
        page,
        title="入户走访实务",
        day=today.isoformat(),
        starts=f"{starts:%H:%M}",
        ends=f"{ends:%H:%M}",
        place="街道会议室",
    )
    page.locator(f'[name="trainers"][value="{trainer.hex}"]').check()
    desk.press('main form[method="post"] button')
    expect(page.locator(".notice.amber li").first).to_be_visible()
    page.locator('[name="accepting"]').check()
    desk.press('main form[method="post"] button')
    desk.open(group)
    desk.press(f'form[action="{group}/open"] button')
    return group


def test_a_class_is_made_at_a_desk_and_attended_with_a_phone(scene, visit, on_phone):
    trainer = scene.officer("trainer", name="宋晓", org_id=scene.city.county_a)
    desk = visit(scene.officer("hr_officer", name="罗毅", org_id=scene.city.county_a))
    group = make_class(desk, trainer)
    phone = on_phone(scene.learner())
    phone.open("/classes")
    own = group.removeprefix("/desk")
    phone.press(f'a[href="{own}"]')
    phone.press(f'form[action="{own}/sign-up"] button')
    desk.open(group)
    desk.press(f'form[action="{group}/start"] button')

    teacher = visit(trainer)
    teacher.open(f"{group}/timetable")
    teacher.press('main td a[href^="/desk/classes/meetings/"]')
    attendance = teacher.page.url.removeprefix(teacher.base)
    teacher.press(f'a[href="{attendance}/screen"]')
    digits = re.sub(r"\D", "", teacher.page.locator(".screen-digits").inner_text())
    phone.open(own)
    phone.press(f'a[href="{attendance.removeprefix("/desk")}/check-in"]')
    fill(phone.page, code=digits)
    phone.press("main form:last-of-type button")
    expect(phone.page.locator("#code")).to_have_count(0)
    teacher.open(attendance)
    expect(teacher.page.locator(".figure.green b")).to_have_text("1")
    teacher.press(f'form[action="{attendance}/close"] button')
    for path in ("members", "assignments", "graduation"):
        desk.open(f"{group}/{path}")
    phone.open("/calendar")
    phone.press('form[action="/calendar/address"] button')
    expect(phone.page.locator("#address")).to_have_value(re.compile(r"\.ics$"))


def test_rotation_training_is_planned_and_what_people_want_to_learn_is_seen(scene, visit, on_phone):
    desk = visit(scene.officer("hr_officer", name="周岚"))
    page = desk.page
    desk.open("/desk/classes/rotation")
    expect(page.locator(".tiles li").first).to_be_visible()
    desk.press(".desk-title a.btn.primary")
    fill(page, title="冬季轮训", due_on=(clock.today() + dt.timedelta(days=60)).isoformat())
    desk.press('main form[method="post"] button')
    desk.press('form[action$="/invite"] button', look=False)
    desk.open("/desk/classes/rotation/people")
    desk.open("/desk/classes/alumni")
    desk.open("/desk/classes/categories/rotation")
    desk.open("/desk/classes/rooms/new")
    phone = on_phone(scene.learner())
    phone.open("/wishes")
    fill(phone.page, title="失智老人家庭的支持")
    phone.press('form[action="/wishes"] button')
    desk.open("/desk/demand")
    expect(page.locator("tbody tr").first).to_contain_text("失智老人家庭的支持")
