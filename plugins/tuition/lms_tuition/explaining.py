"""Amounts, facts of cases and what is to be paid back, in words and tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lms.plugin_api.services import Fact
from lms.plugin_api.texts import day, in_both, listed, yuan
from lms.plugin_api.texts import gettext as _
from lms_tuition import wording
from lms_tuition.claim_models import Claim, Voucher
from lms_tuition.dto import OwedLine
from lms_tuition.models import Study
from lms_tuition.rules import Reckoning, Terms
from lms_tuition.vouchers import Concern, concerns


def study_facts(study: Study, terms: Terms) -> tuple[Fact, ...]:
    """What the case of a study shows and keeps."""
    rows = (
        ("level", lambda: _("学历层次"), lambda: wording.level(study.level)),
        ("school", lambda: _("学校"), lambda: study.school),
        ("major", lambda: _("专业"), lambda: study.major),
        ("period", lambda: _("学习期间"), lambda: period(study)),
        ("reason", lambda: _("与工作的关系"), lambda: study.reason),
        ("rate", lambda: _("报销标准"), lambda: rate(terms)),
        ("service", lambda: _("服务期"), lambda: wording.service_term(terms)),
    )
    return tuple(Fact(key=key, label=in_both(label), value=in_both(value)) for key, label, value in rows)


def claim_facts(
    claim: Claim, study: Study, terms: Terms, reckoning: Reckoning, *, vouchers: Sequence[Voucher], name: str
) -> tuple[Fact, ...]:
    """What the case of a claim shows and keeps. Public are the scheme and the amount alone: what a notice needs."""
    found = [
        _fact("award", lambda: _("报销项目"), lambda: _title(terms), public=True),
        _fact("amount", lambda: _("报销金额"), lambda: yuan(claim.amount_fen), public=True),
        _fact("study", lambda: _("学历进修"), lambda: f"{study.school} · {study.major} · {period(study)}"),
        _fact("term", lambda: _("哪一学期"), lambda: claim.term),
        _fact("reckoning", lambda: _("怎样算的"), lambda: reckoned(terms, reckoning)),
    ]
    if claim.graduated_on is not None:
        found.append(_fact("graduated", lambda: _("毕业"), lambda: graduated(claim.graduated_on, claim.diploma_number)))
    found += [_voucher_fact(number, one, study, name) for number, one in enumerate(vouchers, 1)]
    account = wording.account(name, claim)
    return (*found, _fact("account", lambda: _("收款账户"), lambda: account))


def period(study: Study) -> str:
    """From when to when somebody studies."""
    return _("%(first)s至 %(last)s", first=day(study.starts_on), last=day(study.ends_on))


def graduated(on: dt.date | None, number: str) -> str:
    """A graduation with its diploma's number."""
    if on is None:
        return ""
    return _("%(day)s毕业，证书编号 %(number)s", day=day(on), number=number) if number else day(on)


def rate(terms: Terms) -> str:
    """What a scheme pays, in one line."""
    return _(
        "%(costs)s的 %(rate)d%%，合计不超过 %(cap)s",
        costs=wording.costs(terms.costs),
        rate=terms.rate_percent,
        cap=yuan(terms.cap_fen),
    )


def reckoned(terms: Terms, one: Reckoning) -> str:
    """How an amount came about."""
    said = _(
        "%(claimed)s × %(rate)d%% = %(rated)s",
        claimed=yuan(one.claimed_fen),
        rate=terms.rate_percent,
        rated=yuan(one.rated_fen),
    )
    if one.rated_fen <= one.left_fen:
        return said
    return _("%(said)s；合计上限还余 %(left)s，按余额报销", said=said, left=yuan(one.left_fen))


def voucher(one: Voucher) -> str:
    """A voucher in one line."""
    parts = [str(wording.VOUCHERS[one.kind]), one.code, one.number]
    if one.check_code:
        parts.append(_("校验码 %(code)s", code=one.check_code))
    parts += [day(one.issued_on), _("票面 %(amount)s", amount=yuan(one.amount_fen))]
    parts.append(_("报销其中%(cost)s %(amount)s", cost=str(wording.COSTS[one.cost]), amount=yuan(one.claimed_fen)))
    parts.append(_("付款人 %(payer)s", payer=one.payer))
    return " · ".join(part for part in parts if part)


def concerns_of(one: Voucher, study: Study, name: str) -> tuple[Concern, ...]:
    """What an officer should look at."""
    return concerns(one.seen, name=name, starts_on=study.starts_on, ends_on=study.ends_on)


@dataclass(frozen=True, slots=True)
class RecallLine:
    """A payment's share as a page shows it: a row of the table, and the same in words."""

    number: str
    paid_fen: int
    days: int
    served_days: int
    left_days: int
    fen: int
    words: str


def owed_plain(lines: Iterable[OwedLine]) -> list[dict[str, Any]]:
    """What is owed as JSON, to be kept as it was computed."""
    return [
        {
            "number": line.claim.case_number,
            "paid_fen": line.owed.paid_fen,
            "days": line.owed.days,
            "served_days": line.owed.served_days,
            "fen": line.owed.fen,
            "first_day": line.service.first_day.isoformat() if line.service else "",
            "last_day": line.service.last_day.isoformat() if line.service else "",
        }
        for line in lines
    ]


def recall_lines(kept: Iterable[Mapping[str, Any]]) -> Iterator[RecallLine]:
    """What was kept, for a page."""
    for one in kept:
        days, served, paid, fen = one["days"], one["served_days"], one["paid_fen"], one["fen"]
        yield RecallLine(one["number"], paid, days, served, days - served, fen, _said(one))


def _said(one: Mapping[str, Any]) -> str:
    """How one payment's share was computed."""
    number, paid = one["number"], yuan(one["paid_fen"])
    if not one["first_day"]:
        return _("%(number)s：到账 %(paid)s，服务期从毕业起算，还没有开始，全额退还。", number=number, paid=paid)
    days, served = one["days"], one["served_days"]
    return _(
        "%(number)s：到账 %(paid)s，服务期 %(first)s至 %(last)s共 %(days)d 天，已服务 %(served)d 天，"
        "未服务 %(left)d 天，应退 %(paid)s × %(left)d ÷ %(days)d = %(owed)s，不足一分的舍去。",
        number=number,
        paid=paid,
        first=day(dt.date.fromisoformat(one["first_day"])),
        last=day(dt.date.fromisoformat(one["last_day"])),
        days=days,
        served=served,
        left=days - served,
        owed=yuan(one["fen"]),
    )


def _title(terms: Terms) -> str:
    return _("学费报销（%(level)s）", level=wording.level(terms.level))


def _fact(key: str, label: Any, value: Any, *, public: bool = False) -> Fact:
    return Fact(key=key, label=in_both(label), value=in_both(value), public=public)


def _voucher_fact(number: int, one: Voucher, study: Study, name: str) -> Fact:
    found = concerns_of(one, study, name)
    return Fact(
        key=f"voucher-{number}",
        label=in_both(lambda: _("票据 %(number)d", number=number)),
        value=in_both(lambda: voucher(one)),
        note=in_both(lambda: listed(str(wording.CONCERNS[concern]) for concern in found)),
        met=not found,
    )
