"""A class group in the demonstration's month: a meeting under way, the code on its screen, minutes in the ledger."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from lms.demo.browser import Browser, Page, Refusal, words_of
from lms.demo.cast import CITY, OFFICERS
from lms.demo.scene import Scene
from lms.demo.steps import wait_for
from lms.kernel import clock

CATEGORY = "rotation"
"""Of the categories that are there, one whose minutes count with every meeting."""
PLACES = "200"
BEGAN_AGO, LASTS = dt.timedelta(minutes=9), dt.timedelta(minutes=1)
"""A short meeting about to end: the next walk needs the trainer again."""
TRAINER = OFFICERS[0]
_TRAINER = f"//input[@name='trainers'][@id=//label[contains(., '{TRAINER.name}')]/@for]"


def make_class(scene: Scene) -> str:
    """Make the month's class and open it, where there is none yet; everybody may sign up until the month ends."""
    desk, today = scene.officers[CITY], clock.today()
    title, ends = f"{today:%Y-%m} 社区工作者轮训班", clock.months_later(today.replace(day=1), 1)
    listed = desk.get(f"/desk/classes?q={quote(title)}").all(f"//table//a[contains(., '{title}')]")
    if listed:
        scene.outcome.group = urlsplit(listed[0].get("href")).path
        return title
    typed = {
        "category": CATEGORY,
        "title": title,
        "about": "面向全市社区工作者，演示用。",
        "places": PLACES,
        "audience": "all",
        "enrol_from": f"{today.replace(day=1)}T00:00",
        "enrol_until": f"{ends}T00:00",
        "starts_on": today.isoformat(),
        "ends_on": (ends - dt.timedelta(days=1)).isoformat(),
    }
    page = desk.submit(desk.get("/desk/classes/new").form(), typed)
    scene.outcome.group = page.path
    desk.submit(page.form("/open"))
    return title


def plan_meeting(scene: Scene) -> str:
    """Put a meeting into the timetable that has just begun, after the one before: trainer and class are in one only."""
    desk, now = scene.officers[CITY], dt.datetime.now(clock.CITY_ZONE)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = max(now - BEGAN_AGO, _free_from(desk.get(f"{scene.outcome.group}/timetable"), day))
    ends = min(max(now, starts) + LASTS, day + dt.timedelta(hours=23, minutes=59))
    topic = f"邻里协商议事（第 {scene.walk} 场）"
    form = desk.get(f"{scene.outcome.group}/meetings/new").form()
    typed = {
        "title": topic,
        "day": f"{day:%Y-%m-%d}",
        "starts": f"{starts:%H:%M}",
        "ends": f"{ends:%H:%M}",
        "place": "市社区学院 301",
        "trainers": form.xpath(_TRAINER)[0].get("value"),
    }
    page = _planned(desk, form, typed)
    address = page.one(f"//table//a[contains(., '{topic}')]", "meeting").get("href")
    scene.outcome.meeting = address.rpartition("/")[2]
    page = desk.get(scene.outcome.group)
    if page.has_form("/start"):
        desk.submit(page.form("/start"))
    return f"{topic}, {starts:%H:%M}–{ends:%H:%M}"


def sign_up(scene: Scene) -> str:
    """Choose the class among those that are open; there is a seat."""
    browser, group = scene.learner, scene.outcome.group.rpartition("/")[2]
    page = browser.get(browser.get("/classes").link(f"/classes/{group}"))
    return browser.submit(page.form("/sign-up")).text("//main//h2", "seat")


def check_in(scene: Scene) -> str:
    """Type the digits that the trainer's screen shows at this moment."""
    browser, meeting = scene.learner, scene.outcome.meeting
    screen = scene.officers[TRAINER.username].get(f"/desk/classes/meetings/{meeting}/screen")
    digits = "".join(screen.text("//*[contains(@class, 'screen-digits')]", "code").split())
    page = browser.submit(browser.get(f"/classes/meetings/{meeting}/check-in").form(), {"code": digits})
    return f"{digits}: {page.text('//main//h2', 'answer')}"


def close_meeting(scene: Scene) -> str:
    """The trainer ends the attendance, which settles everybody's minutes."""
    desk = scene.officers[TRAINER.username]
    address = f"/desk/classes/meetings/{scene.outcome.meeting}"
    wait_for(lambda: desk.get(address).has_form("/close"), "the meeting to begin")
    page = desk.submit(desk.get(address).form("/close"))
    row = page.one(f"//table//tr[contains(., '{scene.walker.name}')]", f"line of {scene.walker.name}")
    return " ".join(words_of(one) for one in row.xpath("./td[contains(@class, 'num')]"))


def see_minutes(scene: Scene) -> str:
    """Find the meeting in one's ledger of hours."""
    browser, entry = scene.learner, f"//li[contains(., '（第 {scene.walk} 场）')]"
    [line] = wait_for(lambda: browser.get("/hours").all(entry), "the minutes of the meeting")
    scene.outcome.attended = words_of(line.xpath(".//*[contains(@class, 'num')]")[0])
    return f"{scene.outcome.attended}, {words_of(line.xpath('.//p')[0])}"


def _free_from(timetable: Page, day: dt.datetime) -> dt.datetime:
    """When the last meeting of a day ends; its midnight where there is none."""
    rows = (words_of(row) for row in timetable.all("//table//tr"))
    spans = (re.search(r"\d+:\d+\D+(\d+):(\d+)", row) for row in rows if f"{day.month} 月 {day.day} 日" in row)
    ends = [dt.timedelta(hours=int(span[1]), minutes=int(span[2])) for span in spans if span]
    return day + max(ends, default=dt.timedelta())


def _planned(desk: Browser, form: Any, typed: Mapping[str, str]) -> Page:
    """The timetable with the meeting in it. What the site only points out, such as a day off, is accepted."""
    try:
        return desk.submit(form, typed)
    except Refusal as refused:
        again = refused.page.form()
        if "accepting" not in again.fields:
            raise
        return desk.submit(again, {**typed, "accepting": "y"})
