"""Use cases of the question bank."""

from lms.questions.service.bank import create_bank, import_bank
from lms.questions.service.items import edit_item, reinstate_item, retire_item
from lms.questions.service.syllabus import import_syllabus
from lms.questions.service.uploads import apply_upload, check_upload, keep_upload
from lms.questions.service.uses import record_uses

__all__ = [
    "apply_upload",
    "check_upload",
    "create_bank",
    "edit_item",
    "import_bank",
    "import_syllabus",
    "keep_upload",
    "record_uses",
    "reinstate_item",
    "retire_item",
]
