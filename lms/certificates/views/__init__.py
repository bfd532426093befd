"""Pages of certificates: the holder's, the officers', the public's."""

from lms.certificates.views import desk, handling, holder, public
from lms.certificates.views.base import bp

__all__ = ["bp", "desk", "handling", "holder", "public"]
