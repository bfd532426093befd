"""The payment file: made once when a batch is frozen, kept sealed, given out byte for byte, each time on record."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from hashlib import sha256

from sqlalchemy import select, update

from lms.plugin_api.errors import Conflict
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.views import XLSX
from lms.plugin_api.work import Actor, UnitOfWork, clock, session, unit_of_work
from lms_payouts import policy
from lms_payouts.bank_files import FileLine, payment_file, result_template
from lms_payouts.models import Batch, Line, Payment
from lms_payouts.queries import batches as queries
from lms_payouts.rules import BatchState, PaymentState
from lms_payouts.service import accounts

FIELD = "payouts_batch.file"
FROZEN = (BatchState.SIGNED, BatchState.SENT, BatchState.SETTLED)


def make_payment_file(uow: UnitOfWork, batch: Batch) -> None:
    """Write the file of a batch that has just been signed twice, and keep it sealed."""
    content = payment_file(batch.number, batch.digest, _lines(batch.id))
    sealed = services().secrets.seal_bytes(FIELD, content)
    name = f"{batch.number}.xlsx"
    file_id = services().files.put(uow, name=name, media_type=XLSX.media_type, content=sealed)
    uow.session.flush()  # the file's row comes before what points to it
    kept = {"file_id": file_id, "file_sha256": sha256(content).hexdigest()}
    uow.change(update(Batch).where(Batch.id == batch.id).values(**kept))


def download_payment_file(actor: Actor, batch_id: uuid.UUID) -> tuple[str, bytes]:
    """The number and the payment file of a frozen batch; the first time it is given out, the batch counts as sent.

    Raises `Conflict` before the second signature.
    """
    with unit_of_work(actor) as uow:
        batch = _frozen(actor, batch_id)
        sealed = services().files.read(_file_of(batch))[-1]
        content = services().secrets.open_bytes(FIELD, sealed)
        if sha256(content).hexdigest() != batch.file_sha256:
            raise Conflict(_("付款清单被改动过，不能使用。"), todo=_("请联系系统管理员。"), code="payouts_file_changed")
        _on_record(uow, batch, "payouts.file.download")
        _send(uow, batch)
        return batch.number, content


def download_template(actor: Actor, batch_id: uuid.UUID) -> tuple[str, bytes]:
    """The number and the file for the bank's results: the same lines with columns for result and reason."""
    with unit_of_work(actor) as uow:
        batch = _frozen(actor, batch_id)
        _on_record(uow, batch, "payouts.template.download")
        return batch.number, result_template(batch.number, batch.digest, _lines(batch.id))


def mark_sent(actor: Actor, batch_id: uuid.UUID) -> bool:
    """Say that the bank has a frozen batch; False when it was sent before."""
    with unit_of_work(actor) as uow:
        return _send(uow, _frozen(actor, batch_id))


def _frozen(actor: Actor, batch_id: uuid.UUID) -> Batch:
    batch = queries.of_actor(actor, batch_id, policy.FILE_DOWNLOAD)
    if batch.state not in FROZEN:
        raise Conflict(_("还没有付款清单。"), why=_("批次要由两个人签批后才能送银行。"), code="payouts_not_signed")
    return batch


def _file_of(batch: Batch) -> uuid.UUID:
    if batch.file_id is None:
        raise Conflict(_("还没有付款清单。"), code="payouts_not_signed")
    return batch.file_id


def _on_record(uow: UnitOfWork, batch: Batch, action: str) -> None:
    uow.audit(
        action, "payouts_batch", batch.id, org_id=batch.org_id, number=batch.number, file_sha256=batch.file_sha256
    )


def _send(uow: UnitOfWork, batch: Batch) -> bool:
    """Compare and swap: signed becomes sent, once, with all its payments."""
    now = clock.now()
    sent = {"state": BatchState.SENT, "sent_at": now, "sent_by": uow.actor.person_id}
    if uow.change(update(Batch).where(Batch.id == batch.id, Batch.state == BatchState.SIGNED).values(**sent)) != 1:
        return False
    inside = (Payment.batch_id == batch.id, Payment.state == PaymentState.BATCHED)
    moved = uow.change(update(Payment).where(*inside).values(state=PaymentState.SENT, sent_at=now))
    if moved != batch.count:
        raise RuntimeError(f"batch {batch.number} has {batch.count} lines and {moved} payments")
    uow.audit("payouts.batch.send", "payouts_batch", batch.id, org_id=batch.org_id, number=batch.number)
    return True


def _lines(batch_id: uuid.UUID) -> Iterator[FileLine]:
    """The lines with clear account numbers. Raises `Conflict` when a number is not the one that was lined up."""
    for line in session.scalars(select(Line).where(Line.batch_id == batch_id).order_by(Line.serial)):
        number = accounts.opened(line.bank_account_sealed)
        if accounts.index_of(number) != line.bank_account_index:
            raise Conflict(_("账号被改动过，不能付款。"), todo=_("请联系系统管理员。"), code="payouts_account_changed")
        yield FileLine(line.serial, line.account_name, number, line.bank_name, line.amount_fen, line.reference)
