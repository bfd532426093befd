"""Pages of this room; importing the modules fills the blueprint."""

from lms.people.views import careers, exports, imports, persons
from lms.people.views.blueprint import bp

__all__ = ["bp", "careers", "exports", "imports", "persons"]
