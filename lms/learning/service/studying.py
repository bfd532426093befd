"""Study evidence: claims of time from reading tabs, answers to in-lesson checks, and what they complete."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.learning import rules
from lms.learning.dto import Beat, Evidence
from lms.learning.models import (
    CourseRelease,
    Enrolment,
    EnrolmentState,
    Lesson,
    LessonProgress,
    StudyBeat,
    StudyClock,
)
from lms.learning.service.completing import complete_when_done
from lms.learning.service.enrolling import own_enrolment
from lms.learning.tabs import Tab, read_tab

MAX_BEATS = 500
"""Claims taken in one request: more than two and a half hours without network."""
MAX_SEQ = 1_000_000
"""No tab counts so far in the week it may be open."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to one check, with the check itself and where the lesson stands now."""

    check: Mapping[str, Any]
    chosen: frozenset[int]
    right: bool
    evidence: Evidence


def beat(actor: Actor, token: str, beats: Sequence[Beat], *, read_to_end: bool = False) -> Evidence:
    """Take the claims of a tab, credit what real time allows, and complete what is complete.

    A claim that comes twice, late or out of order is harmless: (tab, seq) is unique and `rules.credit` never gives the
    same moment twice. Without claims it only notes that the lesson was opened. Raises `Invalid` for a forged token or
    nonsense, `NotFound` for another person's tab.
    """
    tab = read_tab(token)
    if tab.person_id != actor.person_id:
        raise NotFound(_("找不到这次学习。"))
    if len(beats) > MAX_BEATS or not all(0 < claim.seq <= MAX_SEQ and 0 <= claim.seconds <= MAX_SEQ for claim in beats):
        raise Invalid(_("学习记录的格式不对，没有计时。"), todo=_("请重新打开这一课。"))
    with unit_of_work(actor) as uow:
        until = _clock_locked(uow, tab) if beats else tab.opened_at
        study = _Study.of(uow, actor, tab.enrolment_id, Lesson.id == tab.lesson_id)
        if study.enrolment.state is EnrolmentState.ACTIVE:
            study.progress.seconds += _credit(uow, tab, beats, until)
            study.progress.read_to_end = study.progress.read_to_end or read_to_end
        return study.settled(uow)


def answer(actor: Actor, enrolment_id: uuid.UUID, lesson_slug: str, ref: str, chosen: Collection[int]) -> Answered:
    """Answer one in-lesson check; it may be tried again until it is right. Raises `Invalid` for an empty answer."""
    with unit_of_work(actor) as uow:
        study = _Study.of(uow, actor, enrolment_id, Lesson.slug == lesson_slug)
        check = next((check for check in study.lesson.checks if check["ref"] == ref), None)
        if check is None:
            raise NotFound(_("找不到这道题。"))
        if not chosen or not set(chosen) <= set(range(len(check["options"]))):
            raise Invalid(_("请先选择答案，再提交。"))
        right = rules.answer_right(check, chosen)
        if right and study.enrolment.state is EnrolmentState.ACTIVE and ref not in study.progress.checks_passed:
            study.progress.checks_passed = [*study.progress.checks_passed, ref]
        return Answered(check, frozenset(chosen), right, study.settled(uow))


@dataclass(frozen=True, slots=True)
class _Study:
    """What one learner does in one lesson: rows locked through the enrolment."""

    enrolment: Enrolment
    release: CourseRelease
    lesson: Lesson
    progress: LessonProgress

    @classmethod
    def of(cls, uow: UnitOfWork, actor: Actor, enrolment_id: uuid.UUID, which: Any) -> _Study:
        enrolment = own_enrolment(uow, actor, enrolment_id)
        lesson = uow.session.scalars(select(Lesson).where(Lesson.release_id == enrolment.release_id, which)).first()
        if lesson is None:
            raise Conflict(
                _("这一课已不在您正在学的版本里，没有计时。"), todo=_("请回到课程页面继续学习。"), code="moved"
            )
        moment = clock.now()
        insert_new(
            uow.session, LessonProgress,
            enrolment_id=enrolment.id, lesson_id=lesson.id, seconds=0, read_to_end=False, checks_passed=[],
            first_opened_at=moment, last_seen_at=moment,
        )  # fmt: skip
        progress = uow.session.get_one(LessonProgress, (enrolment.id, lesson.id), populate_existing=True)
        return cls(enrolment, uow.session.get_one(CourseRelease, enrolment.release_id), lesson, progress)

    def settled(self, uow: UnitOfWork) -> Evidence:
        """Note the moment, complete lesson and course when their rules are met, and say where things stand."""
        progress, moment = self.progress, clock.now()
        needs = rules.LessonNeeds.of(
            self.lesson.minimum_minutes, self.lesson.checks, self.release.manifest["completion"]
        )
        progress.last_seen_at = moment
        if progress.completed_at is None and rules.lesson_complete(
            needs, seconds=progress.seconds, read_to_end=progress.read_to_end, passed=progress.checks_passed
        ):
            progress.completed_at = moment
        uow.session.flush()
        return Evidence(
            seconds=progress.seconds,
            needed_seconds=needs.minimum_seconds,
            read_to_end=progress.read_to_end,
            checks_passed=len(progress.checks_passed),
            checks_total=len(self.lesson.checks),
            lesson_complete=progress.completed_at is not None,
            course_complete=complete_when_done(uow, self.enrolment),
        )


def _clock_locked(uow: UnitOfWork, tab: Tab) -> dt.datetime:
    """Up to when the person's time is credited; the row is made on first use and locked, so beats take turns."""
    insert_new(uow.session, StudyClock, person_id=tab.person_id, credited_until=tab.opened_at)
    query = select(StudyClock.credited_until).where(StudyClock.person_id == tab.person_id)
    return uow.session.scalars(query.with_for_update()).one()


def _credit(uow: UnitOfWork, tab: Tab, beats: Sequence[Beat], credited_until: dt.datetime) -> int:
    """Record new claims and move the person's clock by compare-and-swap. Returns the seconds credited in all."""
    now, until, total = clock.now(), credited_until, 0
    offline_cap = dt.timedelta(minutes=kernel().settings.value("learning.offline_minutes")) if beats else dt.timedelta()
    for claim in sorted(beats, key=lambda claim: claim.seq):
        seconds, after = rules.credit(
            claim.seconds, now=now, credited_until=until, opened_at=tab.opened_at, offline_cap=offline_cap
        )
        if insert_new(
            uow.session, StudyBeat,
            id=new_id(), enrolment_id=tab.enrolment_id, lesson_id=tab.lesson_id, tab=tab.id, seq=claim.seq,
            claimed_seconds=claim.seconds, credited_seconds=seconds, at=now,
        ):  # fmt: skip
            until, total = after, total + seconds
    if until != credited_until:
        unmoved = (StudyClock.person_id == tab.person_id) & (StudyClock.credited_until == credited_until)
        if uow.change(update(StudyClock).where(unmoved).values(credited_until=until)) != 1:
            raise Conflict(
                _("另一个页面刚刚计过时，这次没有计入。"), todo=_("页面会自动再报一次。"), code="clock_moved"
            )
    return total
