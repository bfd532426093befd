"""Pages of outside learning, on the blueprint of the hours."""

from lms.credits.evidence.views import desk, own, own_claims, rules
from lms.credits.views import bp

__all__ = ["bp", "desk", "own", "own_claims", "rules"]
