"""Amounts of money as people type them. Kept as integer fen (分) everywhere; 元 with two decimals is for people."""

from __future__ import annotations

import re
import unicodedata

MOST_FEN = 10**14
"""A thousand billion 元: more is a typing error, and up to here a spreadsheet's 15 digits show every fen."""
_AMOUNT = re.compile(r"(\d{1,13})(?:\.(\d{1,2}))?")
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")


class AmountFault(ValueError):
    """A text that is no amount: `code` is `amount_form` or `amount_too_large`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse_yuan(text: str) -> int:
    """Fen of an amount typed in 元: 1500, 1,500.5, ￥1500.00, 1500 元. Raises `AmountFault`; never rounds."""
    typed = "".join(unicodedata.normalize("NFKC", text).split()).removeprefix("¥").removesuffix("元")
    if _GROUPED.fullmatch(typed):
        typed = typed.replace(",", "")
    found = _AMOUNT.fullmatch(typed)
    if found is None:
        raise AmountFault("amount_form")
    fen = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
    if fen > MOST_FEN:
        raise AmountFault("amount_too_large")
    return fen


def yuan_typed(fen: int) -> str:
    """An amount as it stands in a field, without the marks of thousands: 150050 fen are 1500.50."""
    return f"{fen // 100}.{fen % 100:02d}"
