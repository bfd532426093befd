"""The service agreement: its text made of the terms and the study, word for word what is signed and kept. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from lms.plugin_api.texts import day, in_locale, yuan
from lms_tuition import wording
from lms_tuition.rules import ServiceFrom, Terms, Timing


@dataclass(frozen=True, slots=True)
class Parties:
    """Who agrees on what: the person, the employer, the study."""

    name: str
    unit: str
    school: str
    major: str
    starts_on: dt.date
    ends_on: dt.date


def agreement_text(parties: Parties, terms: Terms) -> str:
    """The whole agreement in Chinese, one paragraph a line: the law's language, whatever that of the page."""
    with in_locale("zh_CN"):
        return "\n".join(["在职学历教育服务协议", *_paragraphs(parties, terms)])


def digest(text: str) -> str:
    """The SHA-256 of an agreement's text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _paragraphs(parties: Parties, terms: Terms) -> list[str]:
    level = wording.level(terms.level)
    paid = wording.costs(terms.costs)
    when = "分学期报销" if terms.timing is Timing.TERM else "取得毕业证书后一次报销"
    cap = yuan(terms.cap_fen)
    studied = f"学习期间为 {day(parties.starts_on)}至 {day(parties.ends_on)}"
    lines = [
        f"甲方（用人单位）：{parties.unit}",
        f"乙方（职工）：{parties.name}",
        f"一、乙方经甲方同意，利用业余时间在{parties.school}攻读{level}学历，专业为{parties.major}，{studied}。",
        f"二、乙方凭学校开具的正式票据，{when}{paid}的 {terms.rate_percent}%，合计不超过 {cap}，其余自理。",
        "三、同一张票据只报销一次；同一学历的学费报销和一次性奖励只能选一项。弄虚作假的，全额退还并按规定处理。",
    ]
    return [*lines, *_service(terms)]


def _service(terms: Terms) -> list[str]:
    if not terms.service_months:
        return ["四、本协议不约定服务期。"]
    is_payment = terms.service_from is ServiceFrom.PAYMENT
    begin = "每笔报销款到账" if is_payment else "毕业"
    whole = "" if is_payment else "服务期尚未开始的，全额退还。"
    share = "乙方在服务期满前离开的，按未服务的天数占服务期总天数的比例退还报销款，不足一分的舍去"
    law = "退还的数额不超过服务期尚未履行部分所应分摊的费用（《劳动合同法》第二十二条）"
    months = f"在本市社会工作单位服务满 {terms.service_months} 个月"
    return [
        f"四、乙方自{begin}的次日起，{months}。在本市范围内调动的，服务时间连续计算。",
        f"五、{share}。{whole}{law}。",
    ]
