"""Reading courses: what learners see, what the home page and other rooms ask, what the trainer's desk shows."""

from lms.learning.queries.catalogue import catalogue
from lms.learning.queries.course import (
    CoursePage,
    LessonPage,
    course_page,
    lesson_page,
    may_repeat,
    medium,
    move_offer,
    resume,
)
from lms.learning.queries.desk import (
    course_for,
    desk_courses,
    learner_count,
    packed,
    preview_lesson,
    progress_rows,
    release_for,
    releases,
    stops,
)
from lms.learning.queries.own import completed_enrolment, completions, going, own_courses, published_titles
from lms.learning.queries.review import (
    own_import,
    own_units,
    recent_imports,
    release_page,
    waiting_for_review,
)

__all__ = [
    "CoursePage",
    "LessonPage",
    "catalogue",
    "completed_enrolment",
    "completions",
    "course_for",
    "course_page",
    "desk_courses",
    "going",
    "learner_count",
    "lesson_page",
    "may_repeat",
    "medium",
    "move_offer",
    "own_courses",
    "own_import",
    "own_units",
    "packed",
    "preview_lesson",
    "progress_rows",
    "published_titles",
    "recent_imports",
    "release_for",
    "release_page",
    "releases",
    "resume",
    "stops",
    "waiting_for_review",
]
