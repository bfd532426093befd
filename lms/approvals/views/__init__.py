"""Pages of approvals: the applicant's, the officers', the public's."""

from lms.approvals.views import (
    bulk,
    chains,
    desk,
    desk_notices,
    judging,
    own,
    proofs,
    public,
    substitutes,
)
from lms.approvals.views.base import bp

__all__ = ["bp", "bulk", "chains", "desk", "desk_notices", "judging", "own", "proofs", "public", "substitutes"]
