"""The one way to a proof, for applicants and officers alike."""

from __future__ import annotations

import uuid

from werkzeug.wrappers import Response

from lms.approvals import service
from lms.approvals.views.base import bp
from lms.webkit.blueprint import signed_in
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor
from lms.webkit.security import frameable


@bp.get("/approvals/<uuid:case_id>/proofs/<uuid:proof_id>")
@signed_in
def proof(case_id: uuid.UUID, proof_id: uuid.UUID) -> Response:
    """A proof's content; anybody who may not see the case learns nothing. An officer's look is audited."""
    found = service.read_proof(current_actor(), case_id, proof_id)
    return frameable(download(found.name, found.content, found.media_type, inline=True))
