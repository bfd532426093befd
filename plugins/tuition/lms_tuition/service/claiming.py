"""Claiming: one claim of a study under review at a time, its vouchers used once, its case in the same transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

from sqlalchemy import select, update

from lms.plugin_api.errors import Conflict, Forbidden, Invalid
from lms.plugin_api.models import insert_new, new_id
from lms.plugin_api.services import Correction, Fact, NewCase, services
from lms.plugin_api.texts import Localized
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, UnitOfWork, clock, unit_of_work
from lms_payouts.api import ClaimState, account_columns, degree_subject, hand_in, overtaken, take_hold
from lms_tuition import explaining, policy, rules
from lms_tuition.claim_models import Claim, Voucher
from lms_tuition.dto import Amendment, NewClaim
from lms_tuition.models import SchemeRevision, Study, What
from lms_tuition.queries import claims, schemes, studies
from lms_tuition.rules import Reckoning, StudyState, Timing
from lms_tuition.service import vouching
from lms_tuition.service.common import CLAIM_KIND, DIPLOMA, FIELD, hold, note, require_employer
from lms_tuition.service.studying import check_graduation

_LONGEST_TERM = 40


def open_claim(actor: Actor, new: NewClaim) -> uuid.UUID:
    """Claim what vouchers come to and open the approval case; the claim's id. The same form again is the same claim.

    Raises `NotFound` for somebody else's study, `Conflict` when nothing can be claimed now (not agreed, not signed,
    another claim under review, the cap reached, the degree supported by another scheme: `payouts_either_or`), `Invalid`
    naming everything that is wrong with what was typed.
    """
    if actor.person_id is None:
        raise Forbidden(_("只能为自己报销。"))
    with unit_of_work(actor) as uow:
        study = policy.own_study(actor, new.study_id)
        earlier = _of_key(uow, new)
        if earlier is not None:
            return earlier
        _require_open(uow, study)
        revision = schemes.revision(study.revision_id)
        columns, rows = _checked(new, study, revision)
        claim_id = new_id()
        if not insert_new(uow.session, Claim, id=claim_id, **_row(new, study, columns, rows)):
            return _of_key(uow, new) or _refuse_second()
        claim = uow.session.get_one(Claim, claim_id)
        take_hold(uow, claim.person_id, claim.subject, policy.HOLDER, revision.title)
        vouching.use(uow, claim, rows, 1)
        reckoning = _reckoned(study, revision, claim.claimed_fen, claim.id)
        claim.amount_fen, claim.left_fen = reckoning.amount_fen, reckoning.left_fen
        _open_case(actor, new, claim, revision.title, _facts(claim, study, revision, reckoning, rows))
        note(uow, study.id, What.CLAIMED, claim.term, claim.id)
        uow.audit(
            "tuition.claim.open", "tuition_claim", claim.id, org_id=claim.org_id, number=claim.case_number,
            amount_fen=claim.amount_fen, vouchers=[row["identity"] for row in rows], account_tail=claim.account_tail,
        )  # fmt: skip
        return claim.id


def correct_claim(actor: Actor, claim_id: uuid.UUID, amendment: Amendment) -> None:
    """Change a returned claim and hand it in again, once for a round.

    A voucher typed without a file keeps the one of its place; the claiming period is that of the day of the claim.
    Raises `Conflict` for a claim that was not returned in the round seen, `Invalid` naming what is wrong with what was
    typed.
    """
    with unit_of_work(actor) as uow:
        claim = policy.own_claim(actor, claim_id)
        study = uow.session.get_one(Study, claim.study_id)
        revision = schemes.revision(study.revision_id)
        columns, rows = _checked(amendment, study, revision, claim)
        reckoning = _reckoned(study, revision, vouching.claimed(rows), claim_id)
        values = {"graduated_on": claim.graduated_on, "diploma_number": claim.diploma_number} | columns | {
            "round": amendment.seen_round + 1, "term": amendment.term.strip(), "claimed_fen": vouching.claimed(rows),
            "amount_fen": reckoning.amount_fen, "left_fen": reckoning.left_fen,
        }  # fmt: skip
        as_amended = Claim(person_id=claim.person_id, **values)
        facts = _facts(as_amended, study, revision, reckoning, rows)
        proofs = (*vouching.files_of(amendment.lines), *amendment.proofs)
        correction = Correction(amendment.note, proofs, facts, reckoning.amount_fen)
        hand_in(actor, claim.case_id, correction, amendment.seen_round)
        amending = update(Claim).where(
            Claim.id == claim_id, Claim.state == ClaimState.IN_REVIEW, Claim.round <= amendment.seen_round
        )
        if uow.change(amending.values(**values).execution_options(synchronize_session=False)) != 1:
            raise overtaken()
        uow.session.refresh(claim)
        vouching.release(uow, claim)
        vouching.use(uow, claim, rows, claim.round)
        note(uow, study.id, What.CORRECTED, amendment.note.strip(), claim_id)


def _facts(
    claim: Claim, study: Study, revision: SchemeRevision, reckoning: Reckoning, rows: Sequence[Mapping[str, Any]]
) -> tuple[Fact, ...]:
    """What the case of a claim is to show and keep."""
    name = services().people.person(claim.person_id).name
    vouchers = [Voucher(**row) for row in sorted(rows, key=itemgetter("place"))]
    return explaining.claim_facts(claim, study, revision.terms, reckoning, vouchers=vouchers, name=name)


def _of_key(uow: UnitOfWork, new: NewClaim) -> uuid.UUID | None:
    return uow.session.scalar(select(Claim.id).where(Claim.key == new.key, Claim.study_id == new.study_id))


def _require_open(uow: UnitOfWork, study: Study) -> None:
    """Hold the study as it was read, so that whoever records an early leave comes before or after this claim."""
    hold(uow, study)
    if study.state is not StudyState.AGREED or study.left_on is not None:
        raise Conflict(
            _("还不能报销。"), why=_("这项学历进修还没有同意，或已登记提前离职。"), todo=_("请打开学历进修查看进展。")
        )
    if studies.agreement(study.id) is None:
        raise Conflict(
            _("还不能报销。"), why=_("还没有签服务协议。"), todo=_("请先签服务协议，再来报销。"), code="not_signed"
        )


def _checked(
    typed: NewClaim | Amendment, study: Study, revision: SchemeRevision, claim: Claim | None = None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The columns of a claim and its vouchers; `claim` is the one that is corrected.

    Raises `Invalid` with everything that is wrong, at once.
    """
    terms, fields = revision.terms, dict[str, Any]()
    columns: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []
    if not 0 < len(typed.term.strip()) <= _LONGEST_TERM:
        fields["term"] = _("请填写，如：2026 年秋季学期")
    graduated_on = study.graduated_on
    if terms.timing is Timing.GRADUATION and graduated_on is None:
        graduated_on = typed.graduated_on
        columns |= {"graduated_on": graduated_on, "diploma_number": typed.diploma_number.strip()}
        with _gathering(fields):
            check_graduation(study, graduated_on, typed.diploma_number)
        if DIPLOMA not in {proof.kind for proof in typed.proofs} | _kinds_of_files(claim):
            fields[DIPLOMA] = _("请上传毕业证书、学位证书")
    with _gathering(fields):
        columns |= account_columns(FIELD, typed.account, claim.bank_account_sealed if claim else None)
    with _gathering(fields):
        kept = {one.place: one for one in claims.vouchers(claim.id)} if claim else {}
        claimed_on = clock.local_date(claim.claimed_at) if claim else clock.today()
        rows = vouching.checked(typed.lines, terms, graduated_on, claimed_on=claimed_on, kept=kept)
    if fields:
        raise Invalid(_("报销没有提交。"), todo=_("请改好标出的地方再提交。"), fields=fields)
    return columns, rows


@contextmanager
def _gathering(fields: dict[str, Any]) -> Iterator[None]:
    """Keep what a part refuses, so that the person reads all of it at once."""
    try:
        yield
    except Invalid as refusal:
        fields.update(refusal.fields)


def _kinds_of_files(claim: Claim | None) -> set[str]:
    """What kinds of proof came with a claim before."""
    return {file.kind for file in services().approvals.case(claim.case_id).files} if claim and claim.case_id else set()


def _row(new: NewClaim, study: Study, columns: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    employment = require_employer(study.person_id)
    claimed = vouching.claimed(rows)
    return columns | {
        "key": new.key, "study_id": study.id, "person_id": study.person_id, "org_id": employment.unit.id,
        "subject": degree_subject(study.level), "term": new.term.strip(), "claimed_fen": claimed,
        "left_fen": 0, "amount_fen": claimed, "case_number": "", "round": 1, "state": ClaimState.IN_REVIEW,
        "claimed_at": clock.now(), "diploma_number": columns.get("diploma_number", ""),
    }  # fmt: skip


def _refuse_second() -> uuid.UUID:
    raise Conflict(
        _("还不能报销。"),
        why=_("这项学历进修有一笔报销正在审核，同一时间只能办理一笔。"),
        todo=_("请等它办结，或先撤回它。"),
        code="claim_in_review",
    )


def _reckoned(study: Study, revision: SchemeRevision, claimed_fen: int, claim_id: uuid.UUID) -> Reckoning:
    """How the amount of the study's only claim under review comes about. Raises `Conflict` when none is left."""
    reckoning = rules.reckon(revision.terms, claimed_fen, claims.before(study.id, claim_id))
    if reckoning.amount_fen <= 0:
        raise Conflict(
            _("还不能报销。"),
            why=_("这一学历的报销已经达到合计上限，或金额太小。"),
            todo=_("请向单位人事干部了解现行规定。"),
            code="cap_reached",
        )
    return reckoning


def _open_case(actor: Actor, new: NewClaim, claim: Claim, title: Localized, facts: tuple[Fact, ...]) -> None:
    case = services().approvals.open_case(
        actor,
        NewCase(
            kind=CLAIM_KIND,
            subject_id=claim.id,
            key=f"tuition-claim:{claim.id.hex}",
            applicant_id=claim.person_id,
            title=dict(title),
            facts=facts,
            amount_fen=claim.amount_fen,
            org_id=claim.org_id,
            proofs=(*vouching.files_of(new.lines), *new.proofs),
        ),
    )
    claim.case_id, claim.case_number = case.case_id, case.number
