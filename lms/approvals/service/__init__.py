"""Use cases of approvals. They take ids and frozen DTOs and give DTOs; the actor is always the first parameter."""

from lms.approvals.service.bulk import decide_many
from lms.approvals.service.chains import save_chain
from lms.approvals.service.correcting import lapse, resubmit, withdraw
from lms.approvals.service.deciding import decide
from lms.approvals.service.notices import end_notice, publish_notice, void_notice
from lms.approvals.service.objections import decide_objection, object_to, reveal_objector
from lms.approvals.service.opening import open_case
from lms.approvals.service.proofs import add_proof, add_proofs, read_proof
from lms.approvals.service.substitutes import end_substitute, name_substitute

__all__ = [
    "add_proof",
    "add_proofs",
    "decide",
    "decide_many",
    "decide_objection",
    "end_notice",
    "end_substitute",
    "lapse",
    "name_substitute",
    "object_to",
    "open_case",
    "publish_notice",
    "read_proof",
    "resubmit",
    "reveal_objector",
    "save_chain",
    "void_notice",
    "withdraw",
]
