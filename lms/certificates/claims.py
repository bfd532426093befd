"""What a certificate promises: the canonical JSON that is hashed, printed and shown to whoever verifies.

Canonical means: UTF-8, keys sorted, no blanks, whole numbers only. Two programs that read the same claims write the
same bytes, so anybody can check the digest. Nothing of a certificate is read from live data once this is written.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lms.certificates.models import CertificateKind
from lms.certificates.rules import hours_text
from lms.certificates.sandbox import render_statement
from lms.kernel.i18n import Localized

FORMAT = 1
SOURCE = "zh_CN"


@dataclass(frozen=True, slots=True)
class Basis:
    """What a certificate rests on: a completed course release and a published pass. Points are half-points."""

    course_slug: str
    course_title: Localized
    course_version: str
    completed_on: dt.date
    minutes: int
    exam_slug: str
    exam_title: Localized
    session: int
    result_id: uuid.UUID
    half_points: int
    total_half_points: int

    def as_claims(self) -> dict[str, Any]:
        """The basis as it stands in the claims."""
        return {
            "course": {
                "slug": self.course_slug,
                "title": self.course_title,
                "version": self.course_version,
                "completed_on": self.completed_on.isoformat(),
                "minutes": self.minutes,
            },
            "exam": {
                "slug": self.exam_slug,
                "title": self.exam_title,
                "session": self.session,
                "result": self.result_id.hex,
                "half_points": self.half_points,
                "total_half_points": self.total_half_points,
                "passed": True,
            },
        }


@dataclass(frozen=True, slots=True)
class Holder:
    """The person as named on the certificate."""

    name: str
    id_tail: str


@dataclass(frozen=True, slots=True)
class Term:
    """The days of a certificate; `valid_until` is the last valid day, None for one without end."""

    issued_on: dt.date
    valid_from: dt.date
    valid_until: dt.date | None


def first_claims(kind: CertificateKind, holder: Holder, basis: Basis, term: Term) -> dict[str, Any]:
    """The claims of a new certificate, still without number and address."""
    places = _places(kind, basis)
    return {
        "format": FORMAT,
        "kind": {"code": kind.code, "title": kind.title},
        "holder": {"name": holder.name, "id_tail": holder.id_tail},
        "statement": {
            locale: render_statement(text, _in_locale(places, locale)) for locale, text in kind.statement.items()
        },
        "disclaimer": kind.disclaimer,
        "issuer": kind.issuer,
        "illustrative": kind.illustrative,
        "template": kind.template,
        "issued_on": term.issued_on.isoformat(),
        "valid_from": term.valid_from.isoformat(),
        "valid_until": term.valid_until.isoformat() if term.valid_until else None,
        "basis": basis.as_claims(),
        "supersedes": None,
    }


def corrected_claims(old: Mapping[str, Any], holder: Holder, issued_on: dt.date) -> dict[str, Any]:
    """The claims of the certificate that replaces one with a wrong name: basis, wording and term stay."""
    return {
        **old,
        "holder": {"name": holder.name, "id_tail": holder.id_tail},
        "issued_on": issued_on.isoformat(),
        "supersedes": old["number"],
    }


def addressed(claims: Mapping[str, Any], number: str, base_url: str, token: str) -> dict[str, Any]:
    """The claims with their number and the address where they can be verified."""
    home = f"{base_url.rstrip('/')}/verify"
    return {**claims, "number": number, "verify_home": home, "verify": f"{home}/{token}"}


def canonical(claims: Mapping[str, Any]) -> str:
    """The canonical text. Raises `TypeError` for what is no text, whole number, truth value, null, list or object."""
    _refuse_floats(claims)
    return json.dumps(claims, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """SHA-256 of the canonical text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, Mapping):
        for key, part in value.items():
            if not isinstance(key, str):
                raise TypeError(f"a claim's name must be a text, not {key!r}")
            _refuse_floats(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            _refuse_floats(part)
    elif not (value is None or isinstance(value, (str, int))):
        raise TypeError(f"a claim cannot hold {value!r}")


def _places(kind: CertificateKind, basis: Basis) -> dict[str, dict[str, Any]]:
    """The values of the statement's places, see `sandbox.PLACES`."""
    return {
        "kind": {"title": kind.title},
        "course": {
            "title": basis.course_title,
            "version": basis.course_version,
            "hours": hours_text(basis.minutes),
        },
        "exam": {"title": basis.exam_title, "session": basis.session},
    }


def _in_locale(places: Mapping[str, Mapping[str, Any]], locale: str) -> dict[str, dict[str, Any]]:
    return {
        name: {
            key: value.get(locale) or value[SOURCE] if isinstance(value, Mapping) else value
            for key, value in fields.items()
        }
        for name, fields in places.items()
    }
