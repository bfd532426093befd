"""Pages of subsidies."""

from lms_subsidies.views import desk, own, own_claims, schemes
from lms_subsidies.views.base import bp

__all__ = ["bp", "desk", "own", "own_claims", "schemes"]
