"""Rules of passwords, one-time codes and addresses to go on to. Pure: no request, no database."""

from __future__ import annotations

import enum
import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pyotp

MIN_LENGTH = 10
LONG_ENOUGH = 16
MAX_LENGTH = 128
KEPT_PASSWORDS = 5
TOTP_SECONDS = 30
USERNAME = re.compile(r"[a-z][a-z0-9._-]{3,31}")

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_LEET = str.maketrans("01345@$!", "oleasasi")
_COMMON = Path(__file__).parent / "data" / "common_passwords.txt"


class PasswordFault(enum.StrEnum):
    """Why a password is refused."""

    SHORT = "short"
    LONG = "long"
    PLAIN = "plain"
    COMMON = "common"
    PERSONAL = "personal"


def normalized(password: str) -> str:
    """The form that is hashed (NIST SP 800-63B, 5.1.1.2): full-width letters become plain ones."""
    return unicodedata.normalize("NFKC", password)


def password_faults(password: str, personal: Iterable[str] = ()) -> list[PasswordFault]:
    """Everything that is wrong with a password; `personal` holds name, phone, username.

    At least 10 characters of 3 kinds (small, capital, digit, other), or at least 16 of any kind.
    """
    faults = []
    if len(password) > MAX_LENGTH:
        return [PasswordFault.LONG]
    if len(password) < MIN_LENGTH:
        faults.append(PasswordFault.SHORT)
    elif len(password) < LONG_ENOUGH and _kinds(password) < 3:
        faults.append(PasswordFault.PLAIN)
    if is_common(password):
        faults.append(PasswordFault.COMMON)
    folded = password.casefold()
    if any(len(word) >= 2 and word.casefold() in folded for word in personal):
        faults.append(PasswordFault.PERSONAL)
    return faults


def is_common(password: str) -> bool:
    """Whether the password is a well-known one, with or without digits and signs around it, or hardly varied."""
    folded = password.casefold()
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)
    words = common_passwords()
    candidates = {folded, core, core.translate(_LEET), folded.translate(_LEET)}
    return len(set(folded)) < 6 or bool(candidates & words) or _runs(folded)


@lru_cache(maxsize=1)
def common_passwords() -> frozenset[str]:
    """The shipped list: whole passwords and the words they are built on, one a line."""
    return frozenset(line for line in _COMMON.read_text().splitlines() if line and not line.startswith("#"))


def _kinds(password: str) -> int:
    kinds = {
        "small" if one.islower() else "capital" if one.isupper() else "digit" if one.isdigit() else "other"
        for one in password
    }
    return len(kinds)


def _runs(text: str) -> bool:
    """Whether neighbours on the alphabet or the digits make up most of the text: 1234567890abcdef."""
    steps = sum(ord(after) - ord(before) in {-1, 0, 1} for before, after in pairwise(text))
    return len(text) > 1 and steps / (len(text) - 1) > 0.7


def matching_step(secret: str, code: str, now: float, after: int) -> int | None:
    """The 30-second step whose TOTP code (RFC 6238) is `code`: the present one or a neighbour, later than `after`.

    `after` is the last step that was used, so a code that was looked at over a shoulder is worth nothing.
    """
    digits = re.sub(r"\s", "", normalized(code))
    present = int(now) // TOTP_SECONDS
    found = None
    for step in (present - 1, present, present + 1):
        if hmac.compare_digest(pyotp.HOTP(secret).at(step).encode(), digits.encode()) and step > after:
            found = step
    return found


def new_code(length: int) -> str:
    """A random code of Crockford's alphabet (5 bits a character, nothing to misread), in groups of 5."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(length))
    return grouped(text)


def code_from_bytes(noise: bytes, length: int) -> str:
    """The same from given random bytes, one for each character."""
    return grouped("".join(_ALPHABET[byte & 31] for byte in noise[:length]))


def grouped(text: str) -> str:
    """`ABCDEFGHJK` as `ABCDE-FGHJK`."""
    return "-".join(text[at : at + 5] for at in range(0, len(text), 5))


def plain_code(typed: str) -> str:
    """What was typed, as it was printed: case, spaces, dashes and misread letters do not matter."""
    return re.sub(r"[\s\-—–]", "", normalized(typed).upper()).translate(_MISREAD)


def safe_next(target: str | None) -> str:
    """A place of our own to go on to, else the home page: never another site, however it is written."""
    if not target or not target.startswith("/") or re.search(r"[\x00-\x20\\\x7f]", target):
        return "/"
    parts = urlsplit(target)
    return "/" if target.startswith("//") or parts.scheme or parts.netloc else target


def leads_away(address: str) -> bool:
    """Whether a text is the whole address of a page on the web, such as a browser can be sent to."""
    if len(address) > 4000 or re.search(r"[\x00-\x20\\\x7f]", address):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None


_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("wxwork", "企业微信"),
    ("DingTalk", "钉钉"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str) -> str:
    """A browser and a system a person recognises, “微信 · Android”; empty when neither is known."""
    known = (next((name for mark, name in marks if mark in user_agent), "") for marks in (_BROWSERS, _SYSTEMS))
    return " · ".join(part for part in known if part)
