"""Taking the vouchers of a claim in: everything wrong with them at once, each used by one claim for ever."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select, update

from lms.plugin_api.errors import Invalid
from lms.plugin_api.models import insert_new, new_id
from lms.plugin_api.services import ProofFile
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import UnitOfWork, clock
from lms_tuition import rules, vouchers, wording
from lms_tuition.claim_models import Claim, Voucher
from lms_tuition.dto import MOST_VOUCHERS, VoucherLine
from lms_tuition.rules import Terms
from lms_tuition.vouchers import Identity

LONGEST_PAYER = 80


def checked(
    lines: Sequence[VoucherLine],
    terms: Terms,
    graduated_on: dt.date | None,
    *,
    claimed_on: dt.date,
    kept: Mapping[int, Voucher],
) -> list[dict[str, Any]]:
    """The columns of vouchers for a claim that was first handed in on a day: that day is in time, or too late.

    `kept` are those a correction may keep the files of, by their places.

    Raises `Invalid` naming every fault by its field: `line<place>_<name>`.
    """
    fields: dict[str, Any] = {}
    if not lines:
        fields["line0_number"] = _("请至少填一张票据")
    if len(lines) > MOST_VOUCHERS:
        fields["line0_number"] = _("一次最多 %(most)d 张票据", most=MOST_VOUCHERS)
    rows = []
    for line in lines:
        row, wrong = _read(line, terms, kept.get(line.place))
        wrong |= _dates(line, terms, graduated_on, claimed_on)
        fields |= {f"line{line.place}_{name}": message for name, message in wrong.items()}
        rows.append(row)
    fields |= _twice(rows)
    if fields:
        raise Invalid(_("报销没有提交。"), todo=_("请改好标出的地方再提交。"), fields=fields)
    return rows


def files_of(lines: Sequence[VoucherLine]) -> tuple[ProofFile, ...]:
    """The files that came with vouchers, as proofs of the case."""
    return tuple(line.file for line in lines if line.file is not None)


def use(uow: UnitOfWork, claim: Claim, rows: Sequence[Mapping[str, Any]], round_: int) -> None:
    """Use vouchers for a claim, in one order for everybody. Raises `Invalid` naming one that is used already.

    The unique keys on what tells a voucher apart and on its file decide, also between two claims at one moment.
    """
    for row in sorted(rows, key=lambda one: str(one["identity"])):
        if not insert_new(uow.session, Voucher, id=new_id(), claim_id=claim.id, round=round_, used=True, **row):
            raise _used(uow, claim, row)


def release(uow: UnitOfWork, claim: Claim) -> None:
    """The vouchers of a claim can be used again: it ended without money, or a correction's take their place."""
    using = update(Voucher).where(Voucher.claim_id == claim.id, Voucher.used).values(used=False)
    uow.change(using.execution_options(synchronize_session=False))


def _read(line: VoucherLine, terms: Terms, kept: Voucher | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """A line's columns, and what is wrong with it by field."""
    known = vouchers.identify(line.kind, line.code, line.number, line.check)
    wrong: dict[str, Any] = {name: wording.VOUCHER_FAULTS[line.kind, name] for name in vouchers.faults(known)}
    wrong |= _amounts(line, terms)
    if not 0 < len(line.payer.strip()) <= LONGEST_PAYER:
        wrong["payer"] = _("请照票据填写付款人")
    sha256 = hashlib.sha256(line.file.content).hexdigest() if line.file else kept.sha256 if kept else ""
    if not sha256:
        wrong["file"] = _("请上传这张票据的文件")
    return _columns(line, known, sha256), wrong


def _columns(line: VoucherLine, known: Identity, sha256: str) -> dict[str, Any]:
    return {
        "place": line.place, "identity": known.key, "kind": known.kind, "code": known.code, "number": known.number,
        "check_code": known.check, "issued_on": line.issued_on, "amount_fen": line.amount_fen, "cost": line.cost,
        "claimed_fen": line.claimed_fen, "payer": line.payer.strip(), "sha256": sha256,
    }  # fmt: skip


def _amounts(line: VoucherLine, terms: Terms) -> dict[str, Any]:
    wrong: dict[str, Any] = {}
    if not 0 < line.amount_fen <= rules.MOST_FEN:
        wrong["amount"] = _("应大于 0，不超过 100 万元")
    if not 0 < line.claimed_fen <= max(line.amount_fen, 0):
        wrong["claimed"] = _("应大于 0，不超过票面金额")
    if line.cost not in terms.costs:
        wrong["cost"] = _("按规定不报销%(cost)s", cost=str(wording.COSTS[line.cost]))
    return wrong


def _dates(line: VoucherLine, terms: Terms, graduated_on: dt.date | None, claimed_on: dt.date) -> dict[str, Any]:
    if line.issued_on is None:
        return {"issued_on": _("请填写开票日期")}
    if line.issued_on > clock.today():
        return {"issued_on": _("不能晚于今天")}
    until = rules.last_day(terms, line.issued_on, graduated_on)
    if until is not None and until < claimed_on:
        return {"issued_on": _("已经过了报销期限：%(deadline)s", deadline=wording.deadline(terms))}
    return {}


def _twice(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The same voucher, or the same file, twice in one form."""
    wrong: dict[str, Any] = {}
    for column, name, message in (
        ("identity", "number", _("这张票据在上面已经填过")),
        ("sha256", "file", _("这个文件在上面已经用过，每张票据传自己的文件")),
    ):
        seen: set[str] = set()
        for row in rows:
            if row[column] and row[column] in seen:
                wrong[f"line{row['place']}_{name}"] = message
            seen.add(row[column])
    return wrong


def _used(uow: UnitOfWork, claim: Claim, row: Mapping[str, Any]) -> Invalid:
    """The refusal of a voucher that a claim has: whose number is said to its own claimant alone."""
    same = or_(Voucher.identity == row["identity"], Voucher.sha256 == row["sha256"])
    query = select(Voucher.identity, Claim.person_id, Claim.case_number).join(Claim, Claim.id == Voucher.claim_id)
    found = uow.session.execute(query.where(Voucher.used, same)).first()
    number = found.case_number if found and found.person_id == claim.person_id else ""
    where = _("您的申请 %(number)s", number=number) if number else _("另一件申请")
    is_number = found is None or found.identity == row["identity"]
    field = "number" if is_number else "file"
    said = (
        _("这张票据已用于%(where)s，不能重复报销", where=where)
        if is_number
        else _("这个文件已用于%(where)s，不能重复使用", where=where)
    )
    return Invalid(
        _("报销没有提交：有票据已经用过。"),
        why=_("一张票据只能报销一次，不论哪个项目、哪一年。"),
        fields={f"line{row['place']}_{field}": said},
        code="voucher_used",
    )


def claimed(rows: Sequence[Mapping[str, Any]]) -> int:
    """What the vouchers of a claim come to, in fen."""
    return sum(int(row["claimed_fen"]) for row in rows)
