"""Kinds of certificate as data. A change shows on later certificates only: what is issued carries its own words."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import jsonschema

from lms.access import policy
from lms.certificates.claims import Basis, Holder, Term, first_claims
from lms.certificates.models import CertificateKind
from lms.certificates.sandbox import TEMPLATES
from lms.kernel.actor import Actor
from lms.kernel.errors import Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.uow import unit_of_work
from lms.requirements.kinds import known

_TEXT = {
    "type": "object",
    "required": ["zh_CN"],
    "additionalProperties": False,
    "properties": {"zh_CN": {"type": "string", "minLength": 1}, "en": {"type": "string"}},
}
_SHORT = {"type": "string", "pattern": "^[a-z0-9-]{1,80}$"}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "code", "title", "statement", "disclaimer", "issuer", "number_prefix", "validity_months", "template",
        "course_slug", "exam_slug", "illustrative",
    ],
    "properties": {
        "code": {"type": "string", "pattern": "^[A-Z0-9-]{2,40}$"},
        "title": _TEXT,
        "statement": _TEXT,
        "disclaimer": _TEXT,
        "issuer": {"type": "string", "minLength": 1, "maxLength": 80},
        "number_prefix": {"type": "string", "pattern": "^[A-Z0-9]{2,12}$"},
        "validity_months": {"type": ["integer", "null"], "minimum": 1, "maximum": 600},
        "template": {"enum": list(TEMPLATES)},
        "course_slug": _SHORT,
        "exam_slug": _SHORT,
        "illustrative": {"type": "boolean"},
        "requirements": {
            "type": "array",
            "maxItems": 20,
            "items": {
                "type": "object",
                "required": ["type", "params"],
                "additionalProperties": False,
                "properties": {"type": {"type": "string"}, "params": {"type": "object"}},
            },
        },
    },
}  # fmt: skip


def define_kind(actor: Actor, data: Mapping[str, Any], *, org_id: uuid.UUID) -> str:
    """Create or change a kind (`SCHEMA` says its shape) that a unit answers for. Returns its code; twice is no change.

    Raises `Invalid` naming the field, also when the statement holds more than text and known places, or a requirement
    is of a type nobody answers for or its params do not fit that.
    """
    _check(data)
    with unit_of_work(actor) as uow:
        policy.require(actor, "certificate:issue", org_id)
        kind = CertificateKind(**{"requirements": [], **data}, org_id=org_id)
        _try_wording(kind)
        uow.session.merge(kind)
        uow.audit("certificate.kind", "certificate_kind", kind.code, org_id=org_id, exam=kind.exam_slug)
        return kind.code


def _check(data: Mapping[str, Any]) -> None:
    fault = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(SCHEMA).iter_errors(data))
    if fault is not None:
        raise _wrong(".".join(str(part) for part in fault.absolute_path) or "-", fault.message)
    types = known()
    for number, wanted in enumerate(data.get("requirements", ())):
        kind = types.get(wanted["type"])
        if kind is None:
            raise _wrong(f"requirements.{number}.type", f"{wanted['type']} is none of {', '.join(sorted(types))}")
        if problem := kind.fault(wanted["params"]):
            raise _wrong(f"requirements.{number}.params", problem)


def _wrong(field: str, message: str) -> Invalid:
    return Invalid(_("证书种类的数据不正确。"), why=f"{field}: {message}", fields={field: message})


def _try_wording(kind: CertificateKind) -> None:
    """Write a statement with invented facts, so that a bad one is refused now and not on the day of issue."""
    day = dt.date(2026, 1, 1)
    title = {"zh_CN": "示例"}
    facts = Basis(kind.course_slug, title, "1", day, 60, kind.exam_slug, title, 1, uuid.UUID(int=0), 120, 200)
    first_claims(kind, Holder("示例", "0000"), facts, Term(day, day, None))
