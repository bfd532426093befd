"""The conditions this room answers: posts held, assessments, interviews, nominations, supervision."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.i18n import lazily, pick
from lms.kernel.i18n import lazy_gettext as _l
from lms.programmes.appointment_models import Appointment, AppointmentAssessment
from lms.programmes.models import Application, ApplicationState, ProgrammeVersion, Round, RoundState
from lms.programmes.queries import appointments, catalogue
from lms.programmes.rules import is_held
from lms.programmes.supervision_models import SupervisionEntry
from lms.programmes.wording import points
from lms.requirements.kinds import Finding, Progress, RequirementType
from lms.requirements.leaves.schema import MONTHS, asking, name, whole
from lms.requirements.spans import days_left, served
from lms.webkit.templating import minutes as minutes_text

HOME = "/programmes"
Persons = Sequence[uuid.UUID]
Found = Mapping[uuid.UUID, Finding]
_Span = tuple[dt.date, dt.date | None]


def _appointment(person_ids: Persons, params: Mapping[str, Any], on: dt.date) -> Found:
    """Who holds a programme on the day, or has held it for so many months in all. Two SELECTs."""
    code, months = params["programme"], params.get("months", 0)
    title, spans = _title(code), appointments.spans(code, person_ids)
    return {person: _held(title, months, spans.get(person, []), on) for person in person_ids}


def _held(title: str, months: int, spans: list[_Span], on: dt.date) -> Finding:
    now = any(is_held(first, last, on) for first, last in spans)
    if not months:
        if now:
            return Finding(met=True, text=_l("现任“%(title)s”。", title=title))
        return Finding(met=False, text=_l("不是现任“%(title)s”。", title=title), href=HOME)
    have = served(spans, on)
    text = _l("任“%(title)s”已 %(have)d 个月，要求 %(months)d 个月。", title=title, have=have.months, months=months)
    if have.months >= months:
        return Finding(met=True, text=text)
    left = days_left(have, months, on)
    progress = Progress(have=have.months, need=months, unit=_l("个月"))
    return Finding(met=False, text=text, progress=progress, days=left if now else left + 180, effort=0, href=HOME)


def _assessment(person_ids: Persons, params: Mapping[str, Any], on: dt.date) -> Found:
    """Whether the assessments of the latest years were all good enough; of a year, that of the post held last.

    One SELECT.
    """
    least, years = params["least"], params.get("years", 1)
    query = select(Appointment.person_id, AppointmentAssessment).join(
        Appointment, Appointment.id == AppointmentAssessment.appointment_id
    )
    query = query.where(
        Appointment.person_id.in_(person_ids),
        AppointmentAssessment.assessed_at < clock.start_of_day(on + dt.timedelta(days=1)),
    )
    posts_in_order = (Appointment.starts_on, Appointment.id, AppointmentAssessment.revision)
    latest: dict[uuid.UUID, dict[int, int]] = defaultdict(dict)
    for person, row in db.session.execute(query.order_by(*posts_in_order)):
        latest[person][row.year] = row.score

    def finding(person: uuid.UUID) -> Finding:
        scores = [score for _year, score in sorted(latest[person].items(), reverse=True)][:years]
        good = sum(score >= least for score in scores)
        text = _l("最近 %(years)d 次年度考核有 %(good)d 次不低于 %(least)d 分。", years=years, good=good, least=least)
        if good >= years:
            return Finding(met=True, text=text)
        return Finding(met=False, text=text, progress=Progress(have=good, need=years, unit=_l("次")), days=365)

    return {person: finding(person) for person in person_ids}


def _interview(person_ids: Persons, params: Mapping[str, Any], on: dt.date) -> Found:
    """The best interview of a confirmed round of a programme. Two SELECTs."""
    code, least = params["programme"], params["least"]
    title = _title(code)
    rows = db.session.execute(
        select(Application.person_id, func.max(Application.interview))
        .join(Round, Round.id == Application.round_id)
        .where(
            Round.programme == code,
            Round.state == RoundState.CONFIRMED,
            Round.closes_on <= on,
            Application.person_id.in_(person_ids),
            Application.interview.is_not(None),
        )
        .group_by(Application.person_id)
    )
    best: dict[uuid.UUID, int] = {person: score for person, score in rows if score is not None}

    def finding(score: int | None) -> Finding:
        if score is None:
            return Finding(met=False, text=_l("没有“%(title)s”的面试成绩。", title=title), href=HOME)
        text = _l(
            "“%(title)s”面试最好 %(score)s 分，要求 %(least)d 分。", title=title, score=points(score), least=least
        )
        return Finding(met=score >= least * 100, text=text, href=HOME)

    return {person: finding(best.get(person)) for person in person_ids}


def _nomination(person_ids: Persons, params: Mapping[str, Any], on: dt.date) -> Found:
    """Whether a nomination or recommendation for a programme has passed its review. Two SELECTs."""
    title = _title(params["programme"])
    gone = (ApplicationState.IN_REVIEW, ApplicationState.REJECTED, ApplicationState.WITHDRAWN)
    passed = set(
        db.session.scalars(
            select(Application.person_id)
            .join(Round, Round.id == Application.round_id)
            .where(
                Round.programme == params["programme"],
                Round.opens_on <= on,
                Application.person_id.in_(person_ids),
                Application.state.not_in(gone),
            )
        )
    )
    met = Finding(met=True, text=_l("“%(title)s”的推荐或提名已通过审核。", title=title))
    unmet = Finding(met=False, text=_l("没有通过审核的“%(title)s”推荐或提名。", title=title), href=HOME)
    return {person: met if person in passed else unmet for person in person_ids}


def _supervision(person_ids: Persons, params: Mapping[str, Any], on: dt.date) -> Found:
    """Minutes of supervision given or received that both have signed. One SELECT."""
    needed, given = params["minutes"], params["direction"] == "given"
    who = SupervisionEntry.supervisor_id if given else SupervisionEntry.person_id
    query = select(who, func.sum(SupervisionEntry.minutes)).where(
        who.in_(person_ids),
        SupervisionEntry.held_on <= on,
        SupervisionEntry.agreed_at < clock.start_of_day(on + dt.timedelta(days=1)),
    )
    if "months" in params:
        query = query.where(SupervisionEntry.held_on > clock.months_later(on, -params["months"]))
    had: dict[uuid.UUID, int] = {person: int(total) for person, total in db.session.execute(query.group_by(who))}

    def finding(have: int) -> Finding:
        figures: dict[str, Any] = {"have": lazily(minutes_text, have), "need": lazily(minutes_text, needed)}
        text = _l("开展督导 %(have)s，要求 %(need)s。", **figures) if given else (
            _l("接受督导 %(have)s，要求 %(need)s。", **figures)
        )  # fmt: skip
        if have >= needed:
            return Finding(met=True, text=text)
        hours = -(-(needed - have) // 60)
        progress = Progress(have=have // 60, need=-(-needed // 60), unit=_l("小时"))
        return Finding(met=False, text=text, progress=progress, days=hours * 7, effort=hours, href="/supervision")

    return {person: finding(had.get(person, 0)) for person in person_ids}


def _title(code: str) -> str:
    query = select(ProgrammeVersion.title).where(ProgrammeVersion.programme == code)
    ordered = query.order_by(ProgrammeVersion.valid_from.desc(), ProgrammeVersion.revision.desc()).limit(1)
    return pick(db.session.scalar(ordered) or code)


def _programmes() -> list[tuple[str, Any]]:
    known = catalogue.load()
    return [(code, pick(known.title(code))) for code in known.entries]


_PROGRAMME = {"programme": _programmes}
LEAVES = (
    RequirementType(
        "appointment",
        _l("任职"),
        asking({"months": MONTHS}, programme=name(40)),
        _appointment,
        labels={"programme": _l("项目"), "months": _l("满")},
        units={"months": _l("个月")},
        choices=_PROGRAMME,
        days=365,
        effort=40,
    ),
    RequirementType(
        "assessment",
        _l("年度考核"),
        asking({"years": whole(1, 10)}, least=whole(1, 100)),
        _assessment,
        labels={"least": _l("不低于"), "years": _l("最近")},
        units={"least": _l("分（百分制）"), "years": _l("次")},
        days=365,
        effort=0,
        builds_up=True,
    ),
    RequirementType(
        "interview",
        _l("面试成绩"),
        asking(programme=name(40), least=whole(1, 100)),
        _interview,
        labels={"programme": _l("项目"), "least": _l("不低于")},
        units={"least": _l("分（百分制）")},
        choices=_PROGRAMME,
        days=180,
        effort=16,
    ),
    RequirementType(
        "nomination",
        _l("推荐或提名"),
        asking(programme=name(40)),
        _nomination,
        labels={"programme": _l("项目")},
        choices=_PROGRAMME,
        days=60,
    ),
    RequirementType(
        "supervision",
        _l("督导时长"),
        asking(
            {"months": MONTHS},
            direction={"enum": ["given", "received"]},
            minutes={"type": "integer", "minimum": 60, "x-hours": True},
        ),
        _supervision,
        labels={"direction": _l("哪一方"), "minutes": _l("时长"), "months": _l("最近")},
        units={"minutes": _l("小时"), "months": _l("个月")},
        choices={"direction": lambda: [("given", _l("开展督导")), ("received", _l("接受督导"))]},
        days=90,
        builds_up=True,
    ),
)
