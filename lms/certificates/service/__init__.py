"""Use cases of certificates."""

from lms.certificates.service.changing import correct, revoke
from lms.certificates.service.checking import check_all
from lms.certificates.service.documents import print_missing, request_printing
from lms.certificates.service.issuing import issue, request_issue
from lms.certificates.service.kinds import define_kind

__all__ = [
    "check_all",
    "correct",
    "define_kind",
    "issue",
    "print_missing",
    "request_issue",
    "request_printing",
    "revoke",
]
