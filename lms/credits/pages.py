"""Every page of the room, on one blueprint."""

from lms.credits.cycles import views as cycles
from lms.credits.evidence import views as evidence
from lms.credits.obligations import views as obligations
from lms.credits.registration import views as registration
from lms.credits.views import bp

__all__ = ["bp", "cycles", "evidence", "obligations", "registration"]
