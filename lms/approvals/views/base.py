"""The room's blueprint, and what several of its pages share."""

from __future__ import annotations

import uuid

from flask import request, url_for
from werkzeug.routing import BuildError

from lms.approvals.dto import ProofFile
from lms.approvals.kinds import CaseKind
from lms.webkit.blueprint import Blueprint
from lms.webkit.uploads import MEBIBYTE

bp = Blueprint(
    "approvals",
    "lms.approvals",
    template_folder="templates",
    static_folder="static",
    static_url_path="/approvals/static",
)


def subject_link(endpoint: str | None, subject_id: uuid.UUID) -> str:
    """The consumer's page about a subject; empty where it has none, or its pages are gone."""
    if endpoint is None:
        return ""
    try:
        return url_for(endpoint, subject_id=subject_id)
    except BuildError:
        return ""


def sent_proofs(kind: CaseKind) -> tuple[ProofFile, ...]:
    """The files sent in the fields of `approvals/_proofs.html`, each read no further than it may be."""
    return tuple(
        ProofFile(proof.key, file.filename, file.stream.read(proof.megabytes * MEBIBYTE + 1))
        for proof in kind.proofs
        for file in request.files.getlist(f"proof-{proof.key}")
        if file.filename
    )
