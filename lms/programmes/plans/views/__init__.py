"""Pages of cultivation plans, on the blueprint of the programmes."""

from lms.programmes.plans.views import desk, mentoring, own
from lms.programmes.views import bp

__all__ = ["bp", "desk", "mentoring", "own"]
