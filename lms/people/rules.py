"""What may be written about a person: identity documents, phone, bank card, names and dates. Pure functions.

Each `checked` function takes text as people type it and returns its plain form, or raises `Fault` with a code that
`lms.people.wording` turns into words.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import lru_cache
from operator import mul
from typing import Any

from lms.people.models import IdDocument

EARLIEST = dt.date(1900, 1, 1)
NAME_LENGTH = 60
_WEIGHTS = tuple(2 ** (17 - place) % 11 for place in range(17))
_CHECK_CHARACTERS = "10X98765432"
_PROVINCES = frozenset(
    str(code)
    for codes in (
        range(11, 16),
        range(21, 24),
        range(31, 38),
        range(41, 47),
        range(50, 55),
        range(61, 66),
        (71, 81, 82, 83),
    )
    for code in codes
)
_ROUNDED_BY_EXCEL = re.compile(r"\d(\.\d+)?E\+\d+", re.IGNORECASE)
_GAPS = re.compile(r"[\s\-‐-―]+")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_NAME = re.compile(r"[^\W\d_]+(?:[·.'’ -]+[^\W\d_]+)*[.]?")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24}")
_CERTIFICATE = re.compile(r"[A-Z0-9-]{6,40}")
_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日?|(\d{2})(\d{2}))(?: 00:00:00)?")
_DOCUMENTS = {
    IdDocument.HK_MACAO_PERMIT: re.compile(r"[HM]\d{8}(?:\d{2})?"),
    IdDocument.TAIWAN_PERMIT: re.compile(r"\d{8}|\d{10}[A-Z]?"),
    IdDocument.FOREIGN_PERMANENT: re.compile(r"[A-Z]{3}\d{12}|9\d{16}[\dX]"),
    IdDocument.PASSPORT: re.compile(r"(?=.*\d)[A-Z0-9]{5,17}"),
}


class Fault(ValueError):
    """A value that cannot be accepted: `code` says why, `params` name the particulars."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def plain(text: str) -> str:
    """The text without the traces of keyboards and copying: full-width forms, zero-width characters, outer blanks."""
    if text.isascii():
        return text.strip()
    if text.isalpha() and unicodedata.is_normalized("NFKC", text):  # most names and titles
        return text
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip()


def compact(text: str) -> str:
    """A number as it is stored: upper case, no blanks or dashes."""
    if text.isalnum() and text.isascii():
        return text.upper()
    return _GAPS.sub("", plain(text)).upper()


def checked_resident_number(text: str, today: dt.date) -> tuple[str, dt.date]:
    """A 公民身份号码 (GB 11643-1999, also of the residence permits for 港澳台居民) and the birth date in it.

    A lower-case x is taken as X. Raises `Fault`.
    """
    number = compact(text)
    if len(number) != 18:
        _refuse_rounded(text)
        old = len(number) == 15 and number.isdigit()
        raise Fault("id_number_old" if old else "id_number_length", count=len(number))
    if not (number.isascii() and number[:17].isdigit() and number[17] in "0123456789X"):
        raise Fault("id_number_characters")
    if number[:2] not in _PROVINCES:
        raise Fault("id_number_region")
    born = _birth_date(number, today)
    if check_character(number) != number[17]:
        raise Fault("id_number_checksum")
    return number, born


def _refuse_rounded(text: str) -> None:
    """Recognise a long number that Excel took for a number and rounded: 5.10107199001011E+17."""
    if _ROUNDED_BY_EXCEL.fullmatch(plain(text)):
        raise Fault("number_rounded")


def check_character(number: str) -> str:
    """The 18th character that belongs to the first 17 digits (ISO 7064, MOD 11-2)."""
    total = sum(map(mul, _WEIGHTS, number.encode()))  # of character codes: 48 too much for each digit
    return _CHECK_CHARACTERS[(total - 48 * sum(_WEIGHTS)) % 11]


@lru_cache(maxsize=1 << 16)
def _day(text: str) -> dt.date:
    """A day as eight digits. Raises `ValueError`."""
    return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))


def _birth_date(number: str, today: dt.date) -> dt.date:
    try:
        born = _day(number[6:14])
    except ValueError:
        raise Fault("id_number_birth_impossible", written=number[6:14]) from None
    if born < EARLIEST:
        raise Fault("id_number_birth_impossible", written=number[6:14])
    if born > today:
        raise Fault("id_number_birth_future", written=number[6:14])
    return born


def checked_document_number(document: IdDocument, text: str, today: dt.date) -> tuple[str, dt.date | None]:
    """The number of any identity document, and the birth date where the number holds it. Raises `Fault`."""
    if document is IdDocument.RESIDENT:
        return checked_resident_number(text, today)
    number = compact(text)
    _refuse_rounded(text)
    if not _DOCUMENTS[document].fullmatch(number):
        raise Fault("document_number_form", document=document.value)
    if len(number) == 18 and check_character(number) != number[17]:  # the foreigners' card of 2023
        raise Fault("id_number_checksum")
    return number, None


def checked_phone(text: str) -> str:
    """A mainland mobile number: 11 digits, a leading +86 taken off. Raises `Fault`."""
    number = compact(text).removeprefix("+").removeprefix("00")
    if len(number) == 13:
        number = number.removeprefix("86")
    if not (len(number) == 11 and number.isascii() and number.isdigit() and number[0] == "1" and number[1] >= "3"):
        raise Fault("phone_form")
    return number


def checked_bank_account(text: str) -> str:
    """A bank card number of 16 to 19 digits whose last digit fits the others (Luhn, ISO/IEC 7812-1). Raises `Fault`."""
    number = compact(text)
    if not (16 <= len(number) <= 19 and number.isascii() and number.isdigit()):
        raise Fault("bank_account_form")
    doubled = (int(digit) * 2 for digit in number[-2::-2])
    if (sum(map(int, number[-1::-2])) + sum(n - 9 if n > 9 else n for n in doubled)) % 10:
        raise Fault("bank_account_checksum")
    return number


def checked_name(text: str) -> str:
    """A person's name: letters of any script, joined by a middle dot, blank, hyphen or apostrophe. Raises `Fault`."""
    name = plain(text)
    if name.isalpha() and 2 <= len(name) <= NAME_LENGTH:
        return name
    name = " ".join(name.replace("•", "·").replace("‧", "·").split())
    if len(name) > NAME_LENGTH:
        raise Fault("too_long", limit=NAME_LENGTH)
    if len(name) < 2 or not _NAME.fullmatch(name):
        raise Fault("name_characters")
    return name


def checked_email(text: str) -> str:
    """An e-mail address. Raises `Fault`."""
    address = plain(text)
    if len(address) > 254:
        raise Fault("too_long", limit=254)
    if not _EMAIL.fullmatch(address):
        raise Fault("email_form")
    return address


def checked_certificate_number(text: str) -> str:
    """A 管理号 of a national certificate. Raises `Fault`."""
    number = compact(text) if "-" not in text else plain(text).replace(" ", "").upper()
    _refuse_rounded(text)
    if not _CERTIFICATE.fullmatch(number):
        raise Fault("certificate_number_form")
    return number


def checked_date(text: str) -> dt.date:
    """A day written 2024-03-01, 2024/3/1, 2024.3.1, 2024年3月1日 or 20240301. Raises `Fault`."""
    found = _DATE.fullmatch(plain(text).replace(" ", "") if "年" in text else plain(text))
    if found is None:
        raise Fault("date_form")
    year, month, day = (int(part) for part in found.groups() if part is not None)
    try:
        written = dt.date(year, month, day)
    except ValueError:
        raise Fault("date_impossible") from None
    if not EARLIEST <= written <= dt.date(2100, 12, 31):
        raise Fault("date_impossible")
    return written


def checked_text(text: str, limit: int) -> str:
    """A short free text on one line. Raises `Fault`."""
    cleaned = " ".join(plain(text).split())
    if len(cleaned) > limit:
        raise Fault("too_long", limit=limit)
    return cleaned


def masked_number(number: str) -> str:
    """An identity number that shows the first four and last four characters at most, never the birth date."""
    shown = 4 if len(number) >= 15 else 2
    return number[:shown] + "*" * (len(number) - 2 * shown) + number[-shown:]


def masked_phone(number: str) -> str:
    """138****5678."""
    return number[:3] + "****" + number[-4:]


def masked_bank_account(number: str) -> str:
    """Only the last four digits."""
    return "**** **** " + number[-4:]


def masked_name(name: str) -> str:
    """The family name and, of longer names, the last character: 李*, 李*华."""
    return name[0] + "*" * max(1, len(name) - 2) + (name[-1] if len(name) > 2 else "")
