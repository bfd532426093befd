"""The core's events, for subscriptions, and the base class of a plugin's own."""

from __future__ import annotations

from lms.approvals.events import (
    CaseApproved,
    CaseDecided,
    CaseOpened,
    CaseRejected,
    CaseResubmitted,
    CaseReturned,
    CaseWithdrawn,
)
from lms.certificates.events import CertificateIssued, CertificateRevoked
from lms.credits.events import CreditRecorded
from lms.exams.events import ResultPublished
from lms.kernel.events import DomainEvent
from lms.learning.events import CourseCompleted
from lms.people.events import (
    EmploymentEnded,
    EmploymentStarted,
    PersonCreated,
    PersonsMerged,
    PersonUpdated,
    QualificationRecorded,
    RosterApplied,
)
from lms.practice.events import PracticeCompleted, PracticeHoursSigned

__all__ = [
    "CaseApproved",
    "CaseDecided",
    "CaseOpened",
    "CaseRejected",
    "CaseResubmitted",
    "CaseReturned",
    "CaseWithdrawn",
    "CertificateIssued",
    "CertificateRevoked",
    "CourseCompleted",
    "CreditRecorded",
    "DomainEvent",
    "EmploymentEnded",
    "EmploymentStarted",
    "PersonCreated",
    "PersonUpdated",
    "PersonsMerged",
    "PracticeCompleted",
    "PracticeHoursSigned",
    "QualificationRecorded",
    "ResultPublished",
    "RosterApplied",
]
