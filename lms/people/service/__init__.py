"""Use cases of persons. The roster has its own, in `lms.people.roster.service`."""

from lms.people.service.careers import end_employment, record_qualification, start_employment
from lms.people.service.persons import create_person, find_by_number, reveal, update_person

__all__ = [
    "create_person",
    "end_employment",
    "find_by_number",
    "record_qualification",
    "reveal",
    "start_employment",
    "update_person",
]
