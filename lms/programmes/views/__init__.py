"""Pages of programmes."""

from lms.programmes.views import (
    appointments,
    nominating,
    own,
    panel,
    programmes,
    rounds,
    supervision,
)
from lms.programmes.views.base import bp

__all__ = ["appointments", "bp", "nominating", "own", "panel", "programmes", "rounds", "supervision"]
