"""The types of condition that the rooms below can answer, a module for each room that owns the facts."""

from __future__ import annotations

from lms.requirements.leaves.classes import GRADUATED
from lms.requirements.leaves.credits import EVIDENCE, HOURS
from lms.requirements.leaves.exams import EXAM
from lms.requirements.leaves.learning import COURSE
from lms.requirements.leaves.people import QUALIFICATION, SERVICE
from lms.requirements.leaves.practice import PRACTICE

CORE = (COURSE, GRADUATED, EXAM, HOURS, EVIDENCE, PRACTICE, QUALIFICATION, SERVICE)
"""What the core can check by itself; certificates and programmes add what they hold."""
