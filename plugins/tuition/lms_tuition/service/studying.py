"""Studies: applied for, corrected, signed for, and the graduation. One that stands for a person and level, for ever."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select, update

from lms.plugin_api.errors import Conflict, Forbidden, Invalid
from lms.plugin_api.models import insert_new, new_id
from lms.plugin_api.services import Correction, NewCase, services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, UnitOfWork, clock, unit_of_work
from lms_payouts.api import ClaimState, hand_in, overtaken, same_name
from lms_tuition import explaining, policy, rules
from lms_tuition.agreement import Parties, agreement_text, digest
from lms_tuition.claim_models import Claim
from lms_tuition.dto import NewStudy
from lms_tuition.models import Agreement, SchemeRevision, Study, What
from lms_tuition.queries import schemes, studies
from lms_tuition.rules import STANDING, StudyState
from lms_tuition.service.common import STUDY_KIND, note, require_employer

_LONGEST = 80


def apply(actor: Actor, new: NewStudy) -> uuid.UUID:
    """Ask the employer to agree to a study; the study's id. The same form again gives the same study.

    Raises `Invalid` naming what is wrong with what was typed and which proofs lack, `Conflict` for a level that has no
    scheme today, or for which the person has a study already.
    """
    if actor.person_id is None:
        raise Forbidden(_("只能为自己申请。"))
    _check(new)
    with unit_of_work(actor) as uow:
        earlier = _of_key(uow, new.key, actor.person_id)
        if earlier is not None:
            return earlier
        revision = schemes.open_on(clock.today()).get(new.level)
        if revision is None:
            raise Conflict(_("这一学历层次现在没有报销标准。"), todo=_("请向单位人事干部了解现行规定。"))
        employment = require_employer(actor.person_id)
        study_id = new_id()
        row = _typed(new) | {
            "id": study_id, "key": new.key, "person_id": actor.person_id, "level": new.level,
            "revision_id": revision.id, "org_id": employment.unit.id, "case_number": "", "round": 1,
            "state": StudyState.IN_REVIEW, "applied_at": clock.now(), "diploma_number": "",
        }  # fmt: skip
        if not insert_new(uow.session, Study, **row):
            return _of_key(uow, new.key, actor.person_id) or _refuse_second(uow, actor.person_id, new.level)
        study = uow.session.get_one(Study, study_id)
        _open_case(uow, actor, study, revision, new)
        note(uow, study_id, What.APPLIED)
        uow.audit(
            "tuition.study.apply", "tuition_study", study_id, org_id=study.org_id, number=study.case_number,
            level=study.level, school=study.school,
        )  # fmt: skip
        return study_id


def correct_study(actor: Actor, study_id: uuid.UUID, new: NewStudy, *, answer: str, seen_round: int) -> None:
    """Change a returned application and hand it in again, once for a round. The level stays.

    Raises `Conflict` for one that was not returned in the round seen, `Invalid` for what is wrong with what was typed.
    """
    _check(new)
    with unit_of_work(actor) as uow:
        study = policy.own_study(actor, study_id)
        typed = _typed(new)
        facts = explaining.study_facts(Study(level=study.level, **typed), schemes.revision(study.revision_id).terms)
        hand_in(actor, study.case_id, Correction(answer, new.proofs, facts), seen_round)
        amending = update(Study).where(
            Study.id == study_id, Study.state == StudyState.IN_REVIEW, Study.round <= seen_round
        )
        values = typed | {"round": seen_round + 1}
        if uow.change(amending.values(**values).execution_options(synchronize_session=False)) != 1:
            raise overtaken()
        note(uow, study_id, What.CORRECTED, answer.strip())


def proposed_agreement(actor: Actor, study_id: uuid.UUID) -> str:
    """The text of the agreement that is to be signed. Raises `Conflict` when there is nothing to sign."""
    study = policy.own_study(actor, study_id)
    if study.state is not StudyState.AGREED or study.left_on is not None:
        raise Conflict(_("还不能签服务协议。"), why=_("学历进修还没有同意，或已经结束。"))
    parties = Parties(
        name=services().people.person(study.person_id).name,
        unit=services().orgs.unit(study.org_id).name,
        school=study.school,
        major=study.major,
        starts_on=study.starts_on,
        ends_on=study.ends_on,
    )
    return agreement_text(parties, schemes.revision(study.revision_id).terms)


def sign(actor: Actor, study_id: uuid.UUID, *, signed_as: str, seen: str) -> None:
    """Sign the agreement whose text has the digest `seen`. Twice is once.

    Raises `Invalid` for another name than one's own, `Conflict` when the text is not what was seen.
    """
    with unit_of_work(actor) as uow:
        study = policy.own_study(actor, study_id)
        if studies.agreement(study_id) is not None:
            return
        text = proposed_agreement(actor, study_id)
        name = services().people.person(study.person_id).name
        if not same_name(signed_as, name):
            raise Invalid(_("没有签署。"), fields={"signed_as": _("请填写您的姓名：%(name)s", name=name)})
        if digest(text) != seen:
            raise Conflict(_("没有签署。"), why=_("协议的内容与您看到的不一样。"), todo=_("请看过现在的内容再签。"))
        row = {"text": text, "sha256": seen, "signed_as": name, "signed_by": study.person_id}
        if insert_new(uow.session, Agreement, study_id=study_id, signed_at=clock.now(), **row):
            note(uow, study_id, What.SIGNED, f"SHA-256 {seen[:16]}…")
            uow.audit("tuition.agreement.sign", "tuition_study", study_id, org_id=study.org_id, sha256=seen)


def record_graduation(actor: Actor, study_id: uuid.UUID, on: dt.date, number: str) -> None:
    """An officer records a graduation, from which service may be owed.

    Raises `Forbidden` for one's own, `Invalid` for a day or number that cannot be, `Conflict` when it is recorded, the
    study was not agreed, or its person left early: then what is owed was reckoned without it.
    """
    with unit_of_work(actor) as uow:
        study = studies.of_officer(actor, study_id)
        services().access.require(actor, policy.STUDY_EDIT, study.org_id)
        if study.person_id == actor.person_id:
            raise Forbidden(_("不能登记自己的毕业。"), todo=_("请由另一位干部登记。"))
        check_graduation(study, on, number)
        if not graduate(uow, study, on, number):
            raise Conflict(
                _("毕业没有登记。"),
                why=_("已经登记过，这项进修没有同意，或已登记提前离职。"),
                todo=_("请刷新页面查看。"),
            )
        uow.audit(
            "tuition.study.graduate", "tuition_study", study_id, org_id=study.org_id, on=on.isoformat(), number=number
        )


def check_graduation(study: Study, on: dt.date | None, number: str) -> None:
    """Raise `Invalid` for a day or a number that cannot be."""
    fields: dict[str, Any] = {}
    if on is None or not study.starts_on < on <= clock.today():
        fields["graduated_on"] = _("应在入学以后，不晚于今天")
    if not 6 <= len(number.strip()) <= 40:
        fields["diploma_number"] = _("请填写毕业证书编号")
    if fields:
        raise Invalid(_("毕业没有登记。"), fields=fields)


def graduate(uow: UnitOfWork, study: Study, on: dt.date, number: str) -> bool:
    """Write the graduation, once, and the days of service that begin with it. False when there is one already."""
    writing = update(Study).where(
        Study.id == study.id, Study.state == StudyState.AGREED, Study.graduated_on.is_(None), Study.left_on.is_(None)
    )
    values = {"graduated_on": on, "diploma_number": number.strip()}
    if not uow.change(writing.values(**values).execution_options(synchronize_session=False)):
        return False
    uow.session.refresh(study)
    note(uow, study.id, What.GRADUATED, f"{on.isoformat()} · {number.strip()}")
    terms = schemes.revision(study.revision_id).terms
    paid = select(Claim).where(Claim.study_id == study.id, Claim.state == ClaimState.PAID)
    for claim in uow.session.scalars(paid):
        spell = rules.service(terms, claim.paid_on, on) if claim.paid_on else None
        claim.serves_from, claim.serves_until = (spell.first_day, spell.last_day) if spell else (None, None)
    return True


def _check(new: NewStudy) -> None:
    fields: dict[str, Any] = {}
    for name in ("school", "major"):
        if not 2 <= len(getattr(new, name).strip()) <= _LONGEST:
            fields[name] = _("请填写全称，最多 %(most)d 个字", most=_LONGEST)
    if new.ends_on <= new.starts_on:
        fields["ends_on"] = _("应晚于入学日期")
    if not new.reason.strip():
        fields["reason"] = _("请写明与工作的关系")
    if fields:
        raise Invalid(_("申请没有提交。"), todo=_("请改好标出的地方再提交。"), fields=fields)


def _typed(new: NewStudy) -> dict[str, Any]:
    return {
        "school": new.school.strip(), "major": new.major.strip(), "starts_on": new.starts_on, "ends_on": new.ends_on,
        "reason": new.reason.strip()[:500],
    }  # fmt: skip


def _of_key(uow: UnitOfWork, key: str, person_id: uuid.UUID) -> uuid.UUID | None:
    return uow.session.scalar(select(Study.id).where(Study.key == key, Study.person_id == person_id))


def _refuse_second(uow: UnitOfWork, person_id: uuid.UUID, level: str) -> uuid.UUID:
    query = select(Study.case_number).where(
        Study.person_id == person_id, Study.level == level, Study.state.in_(STANDING)
    )
    number = uow.session.scalar(query)
    raise Conflict(
        _("这一学历层次您已经申请过。"),
        why=_("同一学历层次只支持一次，已有的是 %(number)s。", number=number or ""),
        todo=_("请打开已有的那一项查看。"),
        code="second_study",
    )


def _open_case(uow: UnitOfWork, actor: Actor, study: Study, revision: SchemeRevision, new: NewStudy) -> None:
    case = services().approvals.open_case(
        actor,
        NewCase(
            kind=STUDY_KIND,
            subject_id=study.id,
            key=f"tuition-study:{study.id.hex}",
            applicant_id=study.person_id,
            title=dict(revision.title),
            facts=explaining.study_facts(study, revision.terms),
            org_id=study.org_id,
            proofs=new.proofs,
        ),
    )
    study.case_id, study.case_number = case.case_id, case.number
    uow.session.flush()
