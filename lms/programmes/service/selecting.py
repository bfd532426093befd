"""From scores to a list: closing the scores, the ranking, confirming it, calling somebody up from the reserve."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import update

from lms.approvals import service as approvals
from lms.approvals.dto import Fact, NewCase
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import in_all_locales
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.orgs import queries as orgs
from lms.programmes import policy, rules, wording
from lms.programmes.cases import RESULT
from lms.programmes.models import RANKED, Application, ApplicationState, ProgrammeVersion, Round, RoundState
from lms.programmes.queries import catalogue, rounds
from lms.programmes.queries.rounds import Scores
from lms.programmes.rules import Candidate, Marks, Ranking, Terms
from lms.programmes.service.appointing import appoint_selected
from lms.programmes.service.common import change, hold_round, move_round, overtaken, tell
from lms.programmes.service.common import leave_out as out_of


def close_scores(actor: Actor, round_id: uuid.UUID) -> None:
    """Close the interview, take the written scores, and rank: one caller, and no score comes in afterwards.

    Raises `Conflict` naming how many still lack scores.
    """
    policy.require_edit(actor)
    with unit_of_work(actor) as uow:
        move_round(uow, round_id, RoundState.SCORING, RoundState.RANKED)
        round_ = rounds.round_of(round_id)
        version = catalogue.load().version(round_.version_id)
        candidates = rounds.standing(round_id, ApplicationState.ELIGIBLE)
        scores = rounds.latest_scores(round_id)
        marks = rounds.marks(scores, version)
        _require_scored(scores, version, candidates)
        written = _written(round_, version, candidates)
        people = [_candidate(one, written, marks) for one in candidates]
        for application, one in zip(candidates, people, strict=True):
            application.written, application.interview = one.written, one.interview
        ranking = rules.rank(people, terms_of(version))
        _write(uow, round_, version, candidates, ranking)
        uow.audit("programme.rank", "programme_round", round_id, ranked=len(ranking.ranked), short=len(ranking.short))


def reopen_scores(actor: Actor, round_id: uuid.UUID, reason: str) -> None:
    """Take a ranking back before it is confirmed, for a reason that stays on record."""
    policy.require_edit(actor)
    if not reason.strip():
        raise Invalid(_("没有重新打开。"), fields={"reason": _("请写明原因")})
    with unit_of_work(actor) as uow:
        move_round(uow, round_id, RoundState.RANKED, RoundState.SCORING)
        back = update(Application).where(Application.round_id == round_id, Application.state.in_(RANKED))
        values: dict[str, Any] = {
            "state": ApplicationState.ELIGIBLE,
            "place": None,
            "total": None,
            "written": None,
            "interview": None,
            "why": [],
        }
        uow.change(back.values(**values))
        uow.audit("programme.reopen", "programme_round", round_id, reason=reason.strip())


def leave_out(actor: Actor, application_id: uuid.UUID, reason: str) -> None:
    """Take somebody out of a round that is being scored: absent from the interview, gone. The person reads why."""
    policy.require_edit(actor)
    if not reason.strip():
        raise Invalid(_("没有办理。"), fields={"reason": _("请写明原因")})
    with unit_of_work(actor) as uow:
        application = policy.seen_application(actor, application_id)
        version = catalogue.load().version(rounds.round_of(application.round_id).version_id)
        # Holding the round makes ranking and leaving wait for each other: nobody is ranked who has left.
        if not hold_round(uow, application.round_id, RoundState.OPEN, RoundState.SCORING) or not out_of(
            uow, application, ApplicationState.ELIGIBLE, version, reason.strip()
        ):
            raise overtaken()


def confirm(actor: Actor, round_id: uuid.UUID) -> None:
    """Confirm the list: who was selected goes to the city's decision and the public notice, or is appointed at once."""
    policy.require_edit(actor)
    with unit_of_work(actor) as uow:
        move_round(uow, round_id, RoundState.RANKED, RoundState.CONFIRMED)
        round_ = rounds.round_of(round_id)
        version = catalogue.load().version(round_.version_id)
        ranked = rounds.standing(round_id, *RANKED)
        uow.audit("programme.confirm", "programme_round", round_id, ranked=len(ranked))
        for application in ranked:
            if application.state is ApplicationState.SELECTED:
                _take(uow, actor, application, version)
            else:
                tell(uow, application, version, application.state.value)


def call_up(actor: Actor, round_id: uuid.UUID) -> uuid.UUID:
    """Give the place of somebody who dropped out to the first of the reserve; whose application it is.

    A place kept for a county goes to the reserve of the county first. Raises `Conflict` while no place is free.
    """
    policy.require_edit(actor)
    with unit_of_work(actor) as uow:
        move_round(uow, round_id, RoundState.CONFIRMED, RoundState.CONFIRMED)
        round_ = rounds.round_of(round_id)
        version = catalogue.load().version(round_.version_id)
        taken = rounds.standing(round_id, ApplicationState.SELECTED, ApplicationState.APPOINTED)
        if len(taken) >= round_.places:
            raise Conflict(_("名额已满，没有空出的名额。"))
        reserve = sorted(rounds.standing(round_id, ApplicationState.RESERVE), key=lambda one: one.place or 0)
        if not reserve:
            raise Conflict(_("没有候补人选。"))
        kept = {uuid.UUID(one["org_id"]): int(one["places"]) for one in round_.places_by}
        for one in taken:
            if one.county_id in kept:
                kept[one.county_id] -= 1
        chosen = next((one for one in reserve if one.county_id and kept.get(one.county_id, 0) > 0), reserve[0])
        if not change(uow, chosen.id, ApplicationState.RESERVE, ApplicationState.SELECTED):
            raise overtaken()
        uow.audit("programme.call_up", "programme_application", chosen.id, org_id=chosen.org_id)
        _take(uow, actor, chosen, version)
        return chosen.id


def terms_of(version: ProgrammeVersion) -> Terms:
    """How a version's scores count."""
    return Terms(
        version.written_weight, version.interview_weight, version.written_least * 100, version.interview_least * 100
    )


def _require_scored(scores: Scores, version: ProgrammeVersion, candidates: Sequence[Application]) -> None:
    if not version.interview_weight:
        return
    lacking = [one for one in candidates if len(scores.get(one.id, {})) < version.panel_least]
    if lacking:
        raise Conflict(
            _("还有 %(count)d 人的评分不够。", count=len(lacking)),
            why=_("每人至少要有 %(least)d 位评委评分。", least=version.panel_least),
            todo=_("请评委补评；没有参加面试的，请注明原因移出。"),
            code="scores_lacking",
        )


def _written(round_: Round, version: ProgrammeVersion, candidates: Sequence[Application]) -> Mapping[uuid.UUID, int]:
    if not version.written_weight:
        return {}
    persons = [one.person_id for one in candidates]
    return rounds.written_scores(version.written_exam, round_.written_since, persons)


def _candidate(one: Application, written: Mapping[uuid.UUID, int], marks: Mapping[uuid.UUID, Marks]) -> Candidate:
    mark = marks.get(one.id)
    return Candidate(one.id, one.county_id, written.get(one.person_id), mark.average if mark else None, one.applied_at)


def _write(
    uow: UnitOfWork, round_: Round, version: ProgrammeVersion, candidates: Sequence[Application], ranking: Ranking
) -> None:
    """Put the reason into each application, and a place where one was won."""
    kept = {uuid.UUID(one["org_id"]): int(one["places"]) for one in round_.places_by}
    given = rules.allocate(ranking.ranked, round_.places, kept)
    names = {unit: orgs.unit(unit).name for unit in kept}
    rows = {one.id: one for one in candidates}
    for ranked in ranking.ranked:
        row, ground = rows[ranked.candidate.key], given.get(ranked.candidate.key)
        row.total, row.place = ranked.total, ranked.place
        row.state = ApplicationState.SELECTED if ground else ApplicationState.RESERVE
        row.why = wording.why_placed(ranked, version, ground, names.get(row.county_id) if row.county_id else None)
    for key, short in ranking.short.items():
        rows[key].state, rows[key].why = ApplicationState.NOT_SELECTED, [wording.why_short(short, version)]
    uow.session.flush()


def _take(uow: UnitOfWork, actor: Actor, application: Application, version: ProgrammeVersion) -> None:
    """Send somebody selected on: to the city's decision and the notice, or straight to the appointment."""
    tell(uow, application, version, "selected")
    if not version.notice:
        appoint_selected(uow, application)
        return
    case = approvals.open_case(
        actor,
        NewCase(
            kind=RESULT.key,
            subject_id=application.id,
            key=f"programme-result:{application.id.hex}",
            applicant_id=application.person_id,
            org_id=application.org_id,
            title=version.title,
            facts=_facts(application, version),
        ),
    )
    application.result_case_id = case.case_id
    uow.session.flush()


def _facts(application: Application, version: ProgrammeVersion) -> tuple[Fact, ...]:
    scores = [
        ("written", _l("笔试"), application.written),
        ("interview", _l("面试"), application.interview),
        ("total", _l("总分"), application.total),
    ]
    return (
        Fact(key="programme", label=in_all_locales(_l("项目")), value=dict(version.title), public=True),
        Fact(key="act", label=in_all_locales(_l("拟")), value=in_all_locales(wording.ACTS[version.act]), public=True),
        *(
            Fact(key=key, label=in_all_locales(label), value=wording.points(value))
            for key, label, value in scores
            if value is not None
        ),
        *(
            Fact(key=f"why-{number}", label=in_all_locales(_l("名次说明")), value=why)
            for number, why in enumerate(application.why, 1)
        ),
    )
