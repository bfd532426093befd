"""Proving that stored certificates are what was issued."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from lms.certificates.claims import canonical, digest
from lms.certificates.dto import Fault
from lms.certificates.models import Certificate, CertificateDocument, NumberSeries
from lms.certificates.rules import number_text
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.models import StoredFile
from lms.kernel.runtime import kernel


def check_all() -> tuple[int, list[Fault]]:
    """Check every certificate: digest, canonical form, columns against claims, bytes of the PDF, numbers without gaps.

    Returns how many were checked and what is wrong.
    """
    query = (
        select(Certificate, CertificateDocument.file_id)
        .outerjoin(CertificateDocument, CertificateDocument.certificate_id == Certificate.id)
        .order_by(Certificate.number)
        .execution_options(yield_per=500)
    )
    checked = 0
    found: list[Fault] = []
    numbers: set[str] = set()
    for certificate, file_id in db.session.execute(query):
        checked += 1
        numbers.add(certificate.number)
        found.extend(Fault(certificate.number, reason) for reason in _claim_faults(certificate))
        if file_id is not None:
            found.extend(Fault(certificate.number, reason) for reason in _file_faults(file_id))
    found.extend(_gaps(numbers))
    return checked, found


def _claim_faults(certificate: Certificate) -> Iterator[str]:
    if digest(certificate.claims) != certificate.digest:
        yield "the claims do not give the stored digest"
    try:
        written: dict[str, Any] = json.loads(certificate.claims)
    except ValueError:
        yield "the claims cannot be read"
        return
    if canonical(written) != certificate.claims:
        yield "the claims are not in canonical form"
    expected = {
        "number": certificate.number,
        "valid_from": certificate.valid_from.isoformat(),
        "valid_until": _day(certificate.valid_until),
    }
    for name, value in expected.items():
        if written.get(name) != value:
            yield f"the column {name} says {value}, the claims say {written.get(name)}"
    if not str(written.get("verify", "")).endswith(f"/{certificate.token}"):
        yield "the token is not the one in the claims"


def _file_faults(file_id: Any) -> Iterator[str]:
    files = kernel().files
    try:
        content = files.read(file_id)
    except NotFound:
        yield "the PDF is gone"
        return
    if hashlib.sha256(content).hexdigest() != db.session.get_one(StoredFile, file_id).sha256:
        yield "the PDF was changed"


def _gaps(numbers: set[str]) -> Iterator[Fault]:
    for series in db.session.scalars(select(NumberSeries).order_by(NumberSeries.prefix, NumberSeries.year)):
        for number in range(1, series.last + 1):
            text = number_text(series.prefix, series.year, number)
            if text not in numbers:
                yield Fault(text, "the number was given out but there is no certificate")


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
