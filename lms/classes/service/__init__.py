"""Use cases of class groups. `enrol` is what programmes call with those they selected."""

from lms.classes.service.enrolling import enrol

__all__ = ["enrol"]
