"""Use cases of the management tree."""

from lms.orgs.service.load_city import CityReport, load_city
from lms.orgs.service.tree import add_unit, checked_uscc, create_unit, move_unit, rename_unit

__all__ = ["CityReport", "add_unit", "checked_uscc", "create_unit", "load_city", "move_unit", "rename_unit"]
