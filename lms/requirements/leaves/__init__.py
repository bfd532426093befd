"""The types of condition that the rooms below can answer, a module for each room that owns the facts."""

from __future__ import annotations

from lms.requirements.leaves.credits import EVIDENCE, HOURS
from lms.requirements.leaves.exams import EXAM
from lms.requirements.leaves.learning import COURSE
from lms.requirements.leaves.people import QUALIFICATION, SERVICE

CORE = (COURSE, EXAM, HOURS, EVIDENCE, QUALIFICATION, SERVICE)
"""What the core can check by itself; certificates and programmes add what they hold."""
