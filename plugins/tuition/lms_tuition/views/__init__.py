"""Pages of tuition."""

from lms_tuition.views import desk, desk_studies, own, own_claims, schemes
from lms_tuition.views.base import bp

__all__ = ["bp", "desk", "desk_studies", "own", "own_claims", "schemes"]
