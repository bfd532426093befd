"""The bank's results: a file is checked against its batch, then applied, all of it or nothing, once."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import insert, select, update

from lms.plugin_api.errors import Conflict, Invalid
from lms.plugin_api.models import insert_new, new_id
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.views import Upload, read_sheet
from lms.plugin_api.work import Actor, UnitOfWork, clock, enqueue, session, unit_of_work
from lms_payouts import policy, wording
from lms_payouts.bank_files import SHEET, marked_file
from lms_payouts.events import PaymentBounced, PaymentMade
from lms_payouts.models import Batch, Line, Outcome, Payment, Result
from lms_payouts.queries import batches as queries
from lms_payouts.result_file import MOST_ROWS, Expected, Problem, Reading, Row, Unreadable, Wanted, find_layout, read
from lms_payouts.rules import BatchState, PaymentState, ResultState, TransactionKind
from lms_payouts.service import accounts
from lms_payouts.service.ledger import Entry, post

APPLY = "payouts.apply_result"
FIELD = "payouts_result.file"


def take_in(actor: Actor, batch_id: uuid.UUID, upload: Upload) -> uuid.UUID:
    """Check a result file against a batch and keep it with what is wrong; the id of its record. Nothing moves yet.

    The same file again, or another that says the same of a settled batch, is the record there is. Raises `Invalid`
    for a file that is no result file, `Conflict` for a batch the bank does not have.
    """
    batch = queries.of_actor(actor, batch_id, policy.RESULT_IMPORT)
    if batch.state not in {BatchState.SENT, BatchState.SETTLED}:
        raise Conflict(_("还不能登记结果。"), why=_("这个批次没有送银行。"), code="payouts_not_sent")
    known = _known(batch_id, upload.content)
    if known is not None:
        return known
    reading = _judged(batch, _rows(upload.content))  # before the transaction: reading takes its time
    with unit_of_work(actor) as uow:
        same = _applied_alike(batch, reading)
        return same if same is not None else _keep(uow, batch, upload, reading)


def _known(batch_id: uuid.UUID, content: bytes) -> uuid.UUID | None:
    query = select(Result.id).where(Result.batch_id == batch_id, Result.sha256 == sha256(content).hexdigest())
    return session.scalar(query)


def _rows(content: bytes) -> list[Row]:
    rows: list[Row] = []
    with read_sheet(content, (SHEET,)) as sheet:
        for chunk in sheet.chunks:
            rows += chunk
            if len(rows) > MOST_ROWS:
                raise Invalid(_("文件太长。"), fields={"file": _("最多 %(most)d 行", most=MOST_ROWS)})
    return rows


def _judged(batch: Batch, rows: Sequence[Row]) -> Reading:
    try:
        return read(rows, _wanted(batch), accounts.index_of)
    except Unreadable as error:
        titles = _("、").join(error.lacking)
        raise Invalid(
            _("这不是回盘文件。"),
            why=_("没有找到这些列：%(titles)s。", titles=titles),
            todo=_("请使用本批次的回盘模板。"),
            fields={"file": _("没有找到这些列：%(titles)s", titles=titles)},
        ) from None


def _wanted(batch: Batch) -> Wanted:
    query = select(
        Line.serial, Line.account_name, Line.bank_account_index, Line.account_tail, Line.amount_fen, Outcome.paid
    ).outerjoin(Outcome, (Outcome.batch_id == Line.batch_id) & (Outcome.serial == Line.serial))
    rows = session.execute(query.where(Line.batch_id == batch.id))
    return Wanted(batch.number, batch.digest, {row.serial: Expected(*row) for row in rows})


def _applied_alike(batch: Batch, reading: Reading) -> uuid.UUID | None:
    """The applied file of a settled batch, when this one says nothing else."""
    if batch.state is not BatchState.SETTLED or reading.problems:
        return None
    query = select(Result.id).where(Result.batch_id == batch.id, Result.state == ResultState.APPLIED)
    return session.scalars(query).one()


def _keep(uow: UnitOfWork, batch: Batch, upload: Upload, reading: Reading) -> uuid.UUID:
    result_id, digest = new_id(), sha256(upload.content).hexdigest()
    sealed = services().secrets.seal_bytes(FIELD, upload.content)
    file_id = services().files.put(uow, name=upload.name, media_type=upload.kind.media_type, content=sealed)
    uow.session.flush()  # the file's row comes before what points to it
    facts = {
        "file_name": upload.name,
        "state": ResultState.FAULTY if reading.problems else ResultState.READY,
        "problems": [problem.facts() for problem in reading.problems],
        "outcomes": [outcome.facts() for outcome in reading.outcomes],
        "uploaded_at": clock.now(),
        "uploaded_by": uow.actor.person_id,
    }
    row = {"id": result_id, "batch_id": batch.id, "sha256": digest, "file_id": file_id}
    if not insert_new(uow.session, Result, **row, **facts):
        return uow.session.scalars(select(Result.id).where(Result.batch_id == batch.id, Result.sha256 == digest)).one()
    uow.audit(
        "payouts.result.upload",
        "payouts_result",
        result_id,
        org_id=batch.org_id,
        number=batch.number,
        sha256=digest,
        problems=len(reading.problems),
    )
    return result_id


def request_apply(actor: Actor, result_id: uuid.UUID) -> None:
    """Have a checked file applied in the background. Asking twice is one application."""
    with unit_of_work(actor) as uow:
        result, _batch = queries.result_of_actor(actor, result_id, policy.RESULT_IMPORT)
        if result.state is ResultState.FAULTY:
            raise Conflict(_("结果没有写入。"), why=_("文件里还有问题。"), todo=_("请改好后重新上传。"))
        ready = update(Result).where(Result.id == result_id, Result.state == ResultState.READY)
        if uow.change(ready.values(state=ResultState.APPLYING, applied_by=actor.person_id)) == 1:
            _queue(uow, result_id)


def try_again(actor: Actor, result_id: uuid.UUID) -> None:
    """Queue the application once more, when its job was lost or failed. One that still runs makes this one idle."""
    with unit_of_work(actor) as uow:
        result, _batch = queries.result_of_actor(actor, result_id, policy.RESULT_IMPORT)
        if result.state is ResultState.APPLYING:
            _queue(uow, result_id)


def _queue(uow: UnitOfWork, result_id: uuid.UUID) -> None:
    job_id = enqueue(uow, APPLY, {"result": result_id.hex})
    uow.change(update(Result).where(Result.id == result_id).values(job_id=job_id))


def apply(actor: Actor, result_id: uuid.UUID) -> ResultState:
    """Book what the bank did, in one transaction: all of the file or nothing, and never a second time.

    A batch is settled by one file; one that comes too late is marked as faulty.
    """
    with unit_of_work(actor) as uow:
        now, own = clock.now(), update(Result).where(Result.id == result_id)
        applying = own.where(Result.state == ResultState.APPLYING)
        moved = uow.change(applying.values(state=ResultState.APPLIED, applied_at=now)) == 1
        result = uow.session.get_one(Result, result_id, populate_existing=True)
        if not moved:
            return result.state
        batch = queries.one(result.batch_id)
        sent = update(Batch).where(Batch.id == batch.id, Batch.state == BatchState.SENT)
        if uow.change(sent.values(state=BatchState.SETTLED, settled_at=now)) != 1:
            problems = [Problem(0, "serial", "settled").facts()]
            uow.change(own.values(state=ResultState.FAULTY, applied_at=None, problems=problems))
            return ResultState.FAULTY
        _book(uow, batch, result)
        return ResultState.APPLIED


def _book(uow: UnitOfWork, batch: Batch, result: Result) -> None:
    """Outcomes, payments' states, ledger and events of a file whose every line is known to be right."""
    serials = dict(uow.session.execute(select(Line.serial, Line.payment_id).where(Line.batch_id == batch.id)).all())
    now = clock.now()
    rows = [
        {"batch_id": batch.id, "payment_id": serials[one["serial"]], "result_id": result.id, "at": now, **one}
        for one in result.outcomes
    ]
    if len(rows) != batch.count:
        raise RuntimeError(f"batch {batch.number} has {batch.count} lines and {len(rows)} results")
    uow.session.execute(insert(Outcome), rows)
    by_reason: dict[str | None, list[uuid.UUID]] = defaultdict(list)
    for row in rows:
        by_reason[None if row["paid"] else row["reason"]].append(row["payment_id"])
    for reason, ids in by_reason.items():
        _move(uow, batch, ids, reason)
    paid = _payments(uow, by_reason.pop(None, []))
    bounced = _payments(uow, [one for ids in by_reason.values() for one in ids])
    post(
        uow,
        [
            Entry(TransactionKind.PAY, f"pay:{one.id.hex}", one.budget_id, one.amount_fen, one.id, batch.number)
            for one in paid
        ],
    )
    _tell(uow, batch, paid, bounced)
    uow.audit(
        "payouts.result.apply",
        "payouts_result",
        result.id,
        org_id=batch.org_id,
        number=batch.number,
        sha256=result.sha256,
        paid=len(paid),
        paid_fen=sum(one.amount_fen for one in paid),
        bounced=len(bounced),
        bounced_fen=sum(one.amount_fen for one in bounced),
    )


def _move(uow: UnitOfWork, batch: Batch, ids: Sequence[uuid.UUID], reason: str | None) -> None:
    """Compare and swap: sent becomes paid (no reason) or bounced."""
    now = clock.now()
    if reason is None:
        values = {"state": PaymentState.PAID, "paid_at": now}
    else:
        values = {"state": PaymentState.BOUNCED, "bounced_at": now, "bounce_reason": reason}
    own = update(Payment).where(Payment.id.in_(ids), Payment.state == PaymentState.SENT, Payment.batch_id == batch.id)
    if uow.change(own.values(**values)) != len(ids):
        raise RuntimeError(f"a payment of batch {batch.number} is not with the bank")


def _payments(uow: UnitOfWork, ids: Sequence[uuid.UUID]) -> list[Payment]:
    query = select(Payment).where(Payment.id.in_(ids)).order_by(Payment.id)
    return list(uow.session.scalars(query.execution_options(populate_existing=True)))


def _tell(uow: UnitOfWork, batch: Batch, paid: Sequence[Payment], bounced: Sequence[Payment]) -> None:
    for one in paid:
        uow.emit(
            PaymentMade(
                payment_id=one.id,
                key=one.key,
                award_key=one.award_key,
                scheme=one.scheme,
                beneficiary_id=one.beneficiary_id,
                org_id=one.org_id,
                amount_fen=one.amount_fen,
                batch_number=batch.number,
            )
        )
    for one in bounced:
        uow.emit(
            PaymentBounced(
                payment_id=one.id,
                key=one.key,
                award_key=one.award_key,
                scheme=one.scheme,
                beneficiary_id=one.beneficiary_id,
                org_id=one.org_id,
                amount_fen=one.amount_fen,
                batch_number=batch.number,
                reason=one.bounce_reason,
            )
        )


def marked(actor: Actor, result_id: uuid.UUID) -> tuple[str, bytes]:
    """The name of a file and the officer's own sheet with what is wrong marked in it. On record: it shows accounts."""
    with unit_of_work(actor) as uow:
        result, batch = queries.result_of_actor(actor, result_id, policy.RESULT_IMPORT)
        sealed = services().files.read(result.file_id)[-1]
        rows = _rows(services().secrets.open_bytes(FIELD, sealed))
        said = [(problem["row"], problem["column"], wording.say(problem)) for problem in result.problems]
        uow.audit("payouts.result.marked", "payouts_result", result_id, org_id=batch.org_id, number=batch.number)
        return result.file_name, marked_file(find_layout(rows), rows, said)
