"""Use cases of learning: bringing in packages, moving releases through their states, enrolling, studying."""

from lms.learning.service.enrolling import enrol, move_to_current, withdraw
from lms.learning.service.importing import FaultyPackageError, import_checked, import_package, upload
from lms.learning.service.releases import advance, send_to
from lms.learning.service.studying import answer, beat

__all__ = [
    "FaultyPackageError",
    "advance",
    "answer",
    "beat",
    "enrol",
    "import_checked",
    "import_package",
    "move_to_current",
    "send_to",
    "upload",
    "withdraw",
]
