"""The senior management class: admitted by a round of its programme, attended, a capstone, graduated.

A class that is closed is over, so each walk has one of its own.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from lms.demo.browser import Browser, Page, Refusal, words_of
from lms.demo.cast import CITY, OFFICERS, PROGRAMMES
from lms.demo.scene import Scene
from lms.demo.selection import Selection
from lms.demo.steps import wait_for
from lms.kernel import clock
from lms.kernel.errors import LmsError

ADMISSION = Selection("management_class", "负责社区服务站的项目和五人团队，想学项目管理和督导评估。")
CATEGORY = "senior"
BEGAN_AGO, LASTS = dt.timedelta(minutes=5), dt.timedelta(minutes=1)
"""A short meeting about to end, since the next walk needs the trainer again, and begun less than ten minutes ago, since
whoever checks in later than that is late and is counted from then on.
"""
TRAINER = OFFICERS[0]
_TRAINER = f"//input[@name='trainers'][@id=//label[contains(., '{TRAINER.name}')]/@for]"
CAPSTONE = "改进一项社区服务的方案"
WORK = "问题：晚间办事难。办法：每周二延时服务，由楼栋志愿者轮值。看成效：三个月的办件量和满意度。"
MARKS = {TRAINER.username: "88", CITY: "84"}
"""Two marks near enough to each other that no third is asked for."""


def make_class(scene: Scene) -> str:
    """Make a class called after the round and open it: nobody signs up, those the round admitted get the seats."""
    desk, today = scene.officers[CITY], clock.today()
    title = desk.get(ADMISSION.about(scene).desk).text("//h1", "title").replace("轮", "期")
    typed = {
        "category": CATEGORY,
        "title": title,
        "about": "面向社区和机构的管理骨干，演示用。",
        "places": "30",
        "audience": "listed",
        "enrol_from": f"{today}T00:00",
        "enrol_until": f"{today}T23:59",
        "starts_on": today.isoformat(),
        "ends_on": today.isoformat(),
    }
    page = desk.submit(desk.get("/desk/classes/new").form(), typed)
    scene.outcome.group, scene.outcome.group_title = page.path, title
    desk.submit(page.form("/open"))
    return title


def place(scene: Scene) -> str:
    """Put who was admitted into the class, with the round's own button."""
    desk, address = scene.officers[PROGRAMMES.username], ADMISSION.about(scene).desk
    wait_for(lambda: desk.get(address).has_form("/class"), "the admission")
    group = scene.outcome.group.rpartition("/")[2]
    page = desk.submit(desk.get(address).form("/class"), {"group": group})
    page = scene.learner.get(f"/classes/{group}")
    return page.text("//main//h2", "seat")


def plan_meeting(scene: Scene) -> str:
    """Put a meeting into the timetable that has just begun, once the trainer is free, and begin the class."""
    desk, now = scene.officers[CITY], dt.datetime.now(clock.CITY_ZONE)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = max(now - BEGAN_AGO, _free_from(scene.officers[TRAINER.username].get("/calendar"), day))
    ends = min(max(now, starts) + LASTS, day + dt.timedelta(hours=23, minutes=59))
    topic = "从问题到项目"
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
    desk.submit(desk.get(scene.outcome.group).form("/start"))
    return f"{topic}, {starts:%H:%M}–{ends:%H:%M}"


def check_in(scene: Scene) -> str:
    """Type the digits that the trainer's screen shows at this moment."""
    browser, meeting = scene.learner, scene.outcome.meeting
    screen = scene.officers[TRAINER.username].get(f"/desk/classes/meetings/{meeting}/screen")
    digits = "".join(screen.text("//*[contains(@class, 'screen-digits')]", "code").split())
    page = browser.submit(browser.get(f"/classes/meetings/{meeting}/check-in").form(), {"code": digits})
    return f"{digits}: {page.text('//main//h2', 'answer')}"


def close_meeting(scene: Scene) -> str:
    """The trainer ends the attendance, which settles everybody's minutes, and sets the work to graduate with."""
    desk = scene.officers[TRAINER.username]
    address = f"/desk/classes/meetings/{scene.outcome.meeting}"
    wait_for(lambda: desk.get(address).has_form("/close"), "the meeting to begin")
    page = desk.submit(desk.get(address).form("/close"))
    row = page.one(f"//table//tr[contains(., '{scene.walker.name}')]", f"line of {scene.walker.name}")
    minutes = " ".join(words_of(one) for one in row.xpath("./td[contains(@class, 'num')]"))
    due = dt.datetime.now(clock.CITY_ZONE) + dt.timedelta(days=7)
    work = {"title": CAPSTONE, "brief": "一页纸：问题、办法、怎么看成效。", "due": f"{due:%Y-%m-%dT%H:%M}"}
    page = desk.submit(desk.get(f"{scene.outcome.group}/assignments").form(), {**work, "capstone": "y"})
    scene.outcome.assignment = page.link("/desk/classes/assignments/").rpartition("/")[2]
    return f"{minutes}; {CAPSTONE}"


def hand_in(scene: Scene) -> str:
    """Hand the work in on the phone."""
    browser, address = scene.learner, f"/classes/assignments/{scene.outcome.assignment}"
    page = browser.submit(browser.get(address).form(), {"text": WORK})
    return page.text("//main//*[contains(@class, 'muted')][contains(., '次提交')]", "what was handed in")


def mark(scene: Scene) -> str:
    """Trainer and organiser mark it, neither seeing what the other gave; the worker reads what it comes to."""
    for username, points in MARKS.items():
        desk = scene.officers[username]
        page = desk.get(desk.get(f"/desk/classes/assignments/{scene.outcome.assignment}").link("/submissions/"))
        seen = [words_of(one) for one in page.all("//main//*[contains(@class, 'card')]")]
        if any(f"{given} 分" in words for given in MARKS.values() for words in seen):
            raise LmsError(f"{username} is shown a mark before giving their own.")
        desk.submit(page.form(), {"points": points})
    page = scene.learner.get(f"/classes/assignments/{scene.outcome.assignment}")
    return page.text("//main//h2[contains(., '分')]", "grade")


def graduate(scene: Scene) -> str:
    """Close the class, look at the list that follows from its rule, and confirm it."""
    desk, group = scene.officers[CITY], scene.outcome.group
    desk.submit(desk.get(group).form("/close"))
    page = desk.submit(desk.get(f"{group}/graduation").form("/confirm"))
    graduated = f"//table//tr[contains(., '{scene.walker.name}')]//*[contains(@class, 'tag')][normalize-space()='结业']"
    return page.text(graduated, f"graduation of {scene.walker.name}")


def see_graduation(scene: Scene) -> str:
    """Find the class as graduated, and its whole time as one entry in the ledger of hours."""
    browser, title = scene.learner, scene.outcome.group_title
    group = scene.outcome.group.rpartition("/")[2]
    ended = browser.get(f"/classes/{group}").text("//main//h2[normalize-space()='结业']", "graduation")
    [line] = wait_for(lambda: browser.get("/hours").all(f"//li[contains(., '{title}')]"), "the hours of the class")
    hours = words_of(line.xpath(".//*[contains(@class, 'num')]")[0])
    scene.outcome.graduated = f"{title}, {hours}"
    return f"{ended}, {hours}"


def see_alumni(scene: Scene) -> str:
    """Find the worker on the city's list of who graduated."""
    page = scene.officers[CITY].get(f"/desk/classes/alumni?q={quote(scene.walker.name)}")
    row = page.one(f"//table//tr[contains(., '{scene.outcome.group_title}')]", f"line of {scene.walker.name}")
    return " ".join(words_of(one) for one in row.xpath("./td[position() > 1]"))


def _free_from(calendar: Page, day: dt.datetime) -> dt.datetime:
    """When the last of a day's meetings in a calendar ends; its midnight where there is none."""
    lines = (words_of(one) for one in calendar.all(f"//li[@id='d{day:%Y-%m-%d}']//*[contains(@class, 'agenda-line')]"))
    spans = (re.match(r"\d+:\d+\D(\d+):(\d+)", line) for line in lines)
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
