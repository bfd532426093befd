"""Use cases of examinations."""

from lms.exams.service.exams import create_exam, edit_exam
from lms.exams.service.freezing import freeze, note_look
from lms.exams.service.grading import close_session, grade_session
from lms.exams.service.publishing import publish
from lms.exams.service.seats import cancel_seat, check_list, register, register_list, set_extra_minutes
from lms.exams.service.sessions import cancel_session, create_session, edit_session
from lms.exams.service.submitting import submit, sweep

__all__ = [
    "cancel_seat",
    "cancel_session",
    "check_list",
    "close_session",
    "create_exam",
    "create_session",
    "edit_exam",
    "edit_session",
    "freeze",
    "grade_session",
    "note_look",
    "publish",
    "register",
    "register_list",
    "set_extra_minutes",
    "submit",
    "sweep",
]
