"""What this room brings to the application."""

from __future__ import annotations

from flask import Flask

from lms.exams import calendar, front, slots
from lms.exams.cli import exams_group
from lms.exams.events import ResultPublished, ResultsPublished, SittingSubmitted
from lms.exams.jobs import JOBS
from lms.exams.service import merging
from lms.exams.views import candidate, desk, desk_session, sitting
from lms.exams.views.blueprint import bp
from lms.kernel.i18n import lazy_gettext as _l
from lms.people.events import PersonsMerged
from lms.people.service.public import StaysBehind
from lms.webkit.room import MessageKind, NavItem, Permission, Room, Slot

VIEWS = (candidate, desk, desk_session, sitting)
"""Importing them registers their routes."""


def _install(app: Flask) -> None:
    sitting.install(app)
    front.install(app)


ROOM = Room(
    name="exams",
    blueprints=(bp,),
    permissions=(
        Permission("exam:view", _l("查看考试")),
        Permission("exam:edit", _l("安排考试")),
        Permission("result:view", _l("查看成绩")),
        Permission("result:publish", _l("公布成绩")),
    ),
    jobs=JOBS,
    events=(SittingSubmitted, ResultsPublished, ResultPublished),
    messages=(
        MessageKind(
            "exams.registered",
            _l("已为您报名：%(title)s"),
            _l("%(title)s第 %(number)s 期，%(opens)s 开考，准考证号 %(ticket)s。"),
        ),
        MessageKind(
            "exams.soon",
            _l("考试提醒：%(title)s"),
            _l("%(title)s第 %(number)s 期将于 %(opens)s 开考，准考证号 %(ticket)s。请提前充好电，并打开一次考试页面。"),
        ),
        MessageKind(
            "exams.moved",
            _l("考试改期：%(title)s"),
            _l("%(title)s第 %(number)s 期改为 %(opens)s 开考，%(closes)s 结束。准考证号不变。"),
        ),
        MessageKind(
            "exams.cancelled", _l("考试取消：%(title)s"), _l("%(title)s第 %(number)s 期已经取消。原因：%(reason)s")
        ),
        MessageKind("exams.result", _l("成绩已公布：%(title)s"), _l("%(title)s第 %(number)s 期的成绩已经公布。")),
    ),
    navigation=(
        NavItem("learner", "exams.index", _l("考试"), "exam", 20),
        NavItem("desk", "exams.desk_index", _l("考试"), "exams", 60, "exam:view"),
    ),
    slots=(
        Slot("next", 10, slots.next_step),
        Slot("home", 30, slots.home_card),
        Slot("figure", 20, slots.waiting_figure, "exam:view"),
        Slot("desk", 40, slots.agenda_card, "exam:view"),
        Slot("desk", 50, slots.scores_card, "result:view"),
    ),
    commands=(exams_group,),
    handlers=((PersonsMerged, merging.on_merged),),
    offers=(calendar.SOURCE, StaysBehind("seat")),
    install=_install,
)
