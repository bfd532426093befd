"""Batches: gathered, signed by two, sent back or sent to the bank. A batch's lines never change."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import insert, select, update

from lms.plugin_api.errors import Conflict, Forbidden, Invalid
from lms.plugin_api.models import insert_new, new_id
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, UnitOfWork, clock, unit_of_work
from lms_payouts import policy, wording
from lms_payouts.models import Batch, BatchSeries, Line, Payment, Signature
from lms_payouts.queries import batches as queries
from lms_payouts.rules import MOST_FEN, UNFROZEN, BatchState, PaymentState, batch_digest
from lms_payouts.service.files import make_payment_file

MOST_LINES = "payouts.most_lines"
_NUMBER = 24  # the width of the column
_COPIED = (
    "account_name", "bank_account_sealed", "bank_account_index", "account_tail", "bank_name", "amount_fen", "reference",
    "beneficiary_id",
)  # fmt: skip


def gather(actor: Actor, org_id: uuid.UUID, payment_ids: Sequence[uuid.UUID], key: str) -> uuid.UUID:
    """Put waiting payments of a unit and those below it into a new batch, all or none; the batch's id.

    The same `key` again gives the same batch. Raises `Conflict` when one of them no longer waits.
    """
    wanted = sorted(set(payment_ids))
    most = services().settings.value(MOST_LINES)
    if not wanted:
        raise Invalid(_("没有建批次。"), why=_("没有选中任何付款。"), todo=_("请勾选后再试。"))
    if len(wanted) > most:
        raise Invalid(_("没有建批次。"), why=_("一个批次最多 %(most)d 笔。", most=most), todo=_("请分成几批。"))
    with unit_of_work(actor) as uow:
        policy.require(actor, policy.BATCH_EDIT, org_id)
        batch_id, stored_key = new_id(), f"{actor.person_id}:{key}"
        if not _open(uow, org_id, batch_id, stored_key):
            return uow.session.scalars(select(Batch.id).where(Batch.key == stored_key)).one()
        lines = _take(uow, org_id, wanted, batch_id)
        uow.session.execute(insert(Line), [line | {"batch_id": batch_id} for line in lines])
        _seal(uow, batch_id)
        return batch_id


def _open(uow: UnitOfWork, org_id: uuid.UUID, batch_id: uuid.UUID, key: str) -> bool:
    """Write the row of an empty batch; False when the key was used before. It gets its number when it is full."""
    made = {"created_at": clock.now(), "created_by": uow.actor.person_id, "state": BatchState.DRAFT}
    empty = {"count": 0, "total_fen": 0, "digest": "", "number": batch_id.hex[:_NUMBER]}
    return insert_new(uow.session, Batch, id=batch_id, key=key, org_id=org_id, **made, **empty)


def _take(
    uow: UnitOfWork, org_id: uuid.UUID, wanted: Sequence[uuid.UUID], batch_id: uuid.UUID
) -> list[dict[str, object]]:
    """Take the payments into the batch and copy each as a line, in the order they were asked for.

    They are locked in one order for everybody, so that two who want some of the same never wait in a circle.
    """
    uow.session.execute(select(Payment.id).where(Payment.id.in_(wanted)).order_by(Payment.id).with_for_update())
    taken = uow.change(
        update(Payment)
        .where(
            Payment.id.in_(wanted),
            Payment.state == PaymentState.WAITING,
            Payment.org_id.in_(services().orgs.within(org_id)),
        )
        .values(state=PaymentState.BATCHED, batch_id=batch_id)
    )
    if taken != len(wanted):
        raise Conflict(
            _("没有建批次。"),
            why=_("有 %(count)d 笔付款已不在等待，可能刚被别人办理。", count=len(wanted) - taken),
            todo=_("请刷新列表后重新选择。"),
            code="payouts_not_waiting",
        )
    columns = [Payment.id.label("payment_id"), *(getattr(Payment, name) for name in _COPIED)]
    query = select(*columns).where(Payment.batch_id == batch_id).order_by(Payment.requested_at, Payment.id)
    return [{"serial": serial, **row} for serial, row in enumerate(uow.session.execute(query).mappings(), 1)]


def _seal(uow: UnitOfWork, batch_id: uuid.UUID) -> None:
    """Give the batch its number, and count, sum and digest over its lines."""
    lines = queries.digest_lines(batch_id)
    total = sum(line.amount_fen for line in lines)
    if total > MOST_FEN:
        most = wording.money(MOST_FEN)
        raise Invalid(_("没有建批次。"), why=_("一个批次最多 %(most)s。", most=most), todo=_("请分成几批。"))
    number = _next_number(uow)
    facts = {"number": number, "count": len(lines), "total_fen": total, "digest": batch_digest(number, lines)}
    uow.change(update(Batch).where(Batch.id == batch_id).values(**facts))
    uow.audit("payouts.batch.gather", "payouts_batch", batch_id, org_id=queries.one(batch_id).org_id, **facts)


def sign(actor: Actor, batch_id: uuid.UUID, digest: str) -> BatchState:
    """Sign what the officer has seen (`digest`): as the first, or as the second, whereupon the batch is frozen.

    Signing twice is one signature. Raises `Forbidden` for who would be paid by it, asked for or approved any of it,
    `Conflict` when it is signed by two others already, was sent back, or is not what was seen.
    """
    with unit_of_work(actor) as uow:
        batch = queries.of_actor(actor, batch_id, policy.BATCH_SIGN)
        person_id = _signer(actor)
        _refuse_party(batch_id, person_id)
        if digest != batch.digest or digest != batch_digest(batch.number, queries.digest_lines(batch_id)):
            raise Conflict(_("没有签批。"), why=_("批次的内容与您看到的不一样。"), todo=_("请刷新后核对再签。"))
        if _has_signed(uow, batch_id, person_id):
            return queries.one(batch_id).state
        if _advance(uow, batch_id, BatchState.DRAFT, state=BatchState.FIRST):
            place, state = 1, BatchState.FIRST
        elif _has_signed(uow, batch_id, person_id):  # the other click was quicker and has just been committed
            return queries.one(batch_id).state
        elif _advance(uow, batch_id, BatchState.FIRST, state=BatchState.SIGNED, signed_at=clock.now()):
            place, state = 2, BatchState.SIGNED
        else:
            raise Conflict(
                _("没有签批。"),
                why=_("这个批次刚由别人签完，或已退回。"),
                todo=_("请刷新后再看。"),
                code="payouts_signed",
            )
        _write_signature(uow, batch, place, person_id)
        if state is BatchState.SIGNED:
            make_payment_file(uow, batch)
        return state


def _signer(actor: Actor) -> uuid.UUID:
    if actor.person_id is None:
        raise Forbidden(_("只有人能签批。"))
    return actor.person_id


def _refuse_party(batch_id: uuid.UUID, person_id: uuid.UUID) -> None:
    if queries.is_party(batch_id, person_id):
        raise Forbidden(
            _("这个批次里有付给您本人、由您申请或审核的款，您不能签批。"),
            todo=_("请由其他干部签批。"),
            code="payouts_own_payment",
        )


def _has_signed(uow: UnitOfWork, batch_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    query = select(Signature.place).where(Signature.batch_id == batch_id, Signature.person_id == person_id)
    return uow.session.scalar(query) is not None


def _advance(uow: UnitOfWork, batch_id: uuid.UUID, before: BatchState, **values: object) -> bool:
    return uow.change(update(Batch).where(Batch.id == batch_id, Batch.state == before).values(**values)) == 1


def _write_signature(uow: UnitOfWork, batch: Batch, place: int, person_id: uuid.UUID) -> None:
    row = {"batch_id": batch.id, "place": place, "person_id": person_id, "digest": batch.digest, "at": clock.now()}
    if not insert_new(uow.session, Signature, **row):
        raise Conflict(
            _("没有签批。"), why=_("这个批次刚由别人签过。"), todo=_("请刷新后再看。"), code="payouts_signed"
        )
    uow.audit(
        "payouts.batch.sign",
        "payouts_batch",
        batch.id,
        org_id=batch.org_id,
        number=batch.number,
        place=place,
        digest=batch.digest,
    )


def send_back(actor: Actor, batch_id: uuid.UUID, reason: str) -> None:
    """Give a batch up before the second signature: its payments wait again. Raises `Conflict` once it is frozen."""
    if not reason.strip():
        raise Invalid(_("批次没有退回。"), fields={"reason": _("请写明退回的理由")})
    with unit_of_work(actor) as uow:
        queries.of_actor(actor, batch_id, policy.BATCH_SIGN)
        give_up_batch(uow, batch_id, reason)


def give_up_batch(uow: UnitOfWork, batch_id: uuid.UUID, reason: str) -> None:
    """The same inside another use case, whose rights are checked there."""
    batch = queries.one(batch_id)
    given_up = update(Batch).where(Batch.id == batch_id, Batch.state.in_(UNFROZEN))
    now, by = clock.now(), uow.actor.person_id
    values = {"state": BatchState.RETURNED, "returned_at": now, "returned_by": by, "return_reason": reason}
    if uow.change(given_up.values(**values)) != 1:
        raise Conflict(
            _("批次没有退回。"), why=_("两个人已签完，批次不能再变；或它已经退回。"), code="payouts_batch_frozen"
        )
    inside = (Payment.batch_id == batch_id, Payment.state == PaymentState.BATCHED)
    uow.change(update(Payment).where(*inside).values(state=PaymentState.WAITING, batch_id=None))
    uow.audit(
        "payouts.batch.return",
        "payouts_batch",
        batch_id,
        org_id=batch.org_id,
        number=batch.number,
        reason=reason,
    )
    _tell_returned(uow, batch, reason)


def _tell_returned(uow: UnitOfWork, batch: Batch, reason: str) -> None:
    """Who gathered or signed it should know, but for who sent it back."""
    query = select(Signature.person_id).where(Signature.batch_id == batch.id)
    known = {batch.created_by, *uow.session.scalars(query)} - {None, uow.actor.person_id}
    for person_id in sorted(one for one in known if one is not None):
        services().messages.send(
            uow,
            person_id=person_id,
            kind="payouts.batch_returned",
            params={"number": batch.number, "reason": reason},
            key=f"payouts.batch_returned:{batch.id.hex}:{person_id.hex}",
            link=f"/desk/payouts/batches/{batch.id}",
        )


def _next_number(uow: UnitOfWork) -> str:
    """P2026-0001: without gaps, taken in the transaction that uses it."""
    year = clock.today().year
    insert_new(uow.session, BatchSeries, year=year, last=0)
    uow.change(update(BatchSeries).where(BatchSeries.year == year).values(last=BatchSeries.last + 1))
    last = uow.session.scalars(select(BatchSeries.last).where(BatchSeries.year == year)).one()
    return f"P{year}-{last:04d}"
