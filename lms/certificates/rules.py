"""Numbers, days and names of certificates. Pure functions."""

from __future__ import annotations

import datetime as dt
import enum
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

_DASHES = re.compile(r"[\s\-‐-―−－_]+")
_DOTS = re.compile(r"[·•‧・．∙⋅●.]")
_DIGITS = "〇一二三四五六七八九"


class Status(enum.StrEnum):
    """What a certificate is worth on a day."""

    VALID = "valid"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Life:
    """The days that decide about a certificate; the last valid day is None for one without end.

    `ended` says whether it was revoked or superseded, `ended_on` on which day.
    """

    issued_on: dt.date
    valid_from: dt.date
    valid_until: dt.date | None
    ended: Status | None = None
    ended_on: dt.date | None = None


def status_on(life: Life, day: dt.date) -> Status:
    """The status on a city day, past or future. The day of revoking or superseding counts as ended."""
    if day < max(life.issued_on, life.valid_from):
        return Status.NOT_YET
    if life.ended is not None and life.ended_on is not None and life.ended_on <= day:
        return life.ended
    if life.valid_until is not None and life.valid_until < day:
        return Status.EXPIRED
    return Status.VALID


def number_text(prefix: str, year: int, number: int) -> str:
    """CDSGY-2026-000001."""
    return f"{prefix}-{year}-{number:06d}"


def plain_number(text: str) -> str:
    """A number as people type or copy it, in the form it is stored."""
    return _DASHES.sub("-", unicodedata.normalize("NFKC", text).strip()).strip("-").upper()


def plain_name(text: str) -> str:
    """A name without what differs between keyboards: blanks, kinds of dots, full-width and capital letters."""
    folded = _DOTS.sub("·", unicodedata.normalize("NFKC", text))
    return "".join(folded.split()).casefold()


def hours_text(minutes: int) -> str:
    """Minutes as hours with at most one decimal, without floats: 720 is 12, 750 is 12.5."""
    hours, tenths = divmod(minutes * 10 // 60, 10)
    return f"{hours}.{tenths}" if tenths else str(hours)


@dataclass(frozen=True, slots=True)
class Compared:
    """A field read off the paper beside what was issued; `same` is None where nothing was typed."""

    field: str
    typed: str
    issued: str
    same: bool | None


def compare(issued: Mapping[str, str], typed: Mapping[str, str]) -> list[Compared]:
    """What is printed on the paper against what was issued, field by field, keyboards' differences aside."""
    return [
        Compared(field, text, issued[field], _alike(field, text, issued[field]) if text else None)
        for field, text in ((field, typed.get(field, "").strip()) for field in issued)
    ]


def _alike(field: str, typed: str, issued: str) -> bool:
    if field == "number":
        return plain_number(typed) == plain_number(issued)
    if field == "issued_on":
        return _digits(typed) == _digits(issued)
    return plain_name(typed) == plain_name(issued)


def _digits(text: str) -> tuple[int, ...]:
    """A day in any usual form, Chinese numerals included: 二〇二六年十一月二十三日 is (2026, 11, 23)."""
    plain = unicodedata.normalize("NFKC", text).replace("○", "〇").replace("零", "〇")
    if plain.isdecimal() and len(plain) == 8:
        return int(plain[:4]), int(plain[4:6]), int(plain[6:])
    return tuple(_value(part) for part in re.findall(r"\d+|[〇一二三四五六七八九十]+", plain))


def _value(part: str) -> int:
    """A number in digits or numerals up to 九十九; one that means nothing is -1, which no day holds."""
    if part.isdecimal():
        return int(part)
    found = re.fullmatch(r"([一二三四五六七八九]?)十([一二三四五六七八九]?)", part)
    if found is not None:
        tens, ones = found.groups()
        return (_DIGITS.index(tens) if tens else 1) * 10 + (_DIGITS.index(ones) if ones else 0)
    return -1 if "十" in part else int("".join(str(_DIGITS.index(mark)) for mark in part))


def in_words(day: dt.date) -> str:
    """2026 年 11 月 23 日."""
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def in_numerals(day: dt.date) -> str:
    """二〇二六年十一月二十三日, as dates are written under a document."""
    year = "".join(_DIGITS[int(digit)] for digit in str(day.year))
    return f"{year}年{_below_hundred(day.month)}月{_below_hundred(day.day)}日"


def _below_hundred(number: int) -> str:
    tens, ones = divmod(number, 10)
    before = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return before + (_DIGITS[ones] if ones else "")
