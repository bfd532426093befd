"""Courses, immutable releases, enrolment and study evidence."""
