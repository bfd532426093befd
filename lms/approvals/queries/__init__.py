"""Reading cases, work lists, chains, substitutes and notices."""

from lms.approvals.queries.cases import case_view, cases_of, own_cases
from lms.approvals.queries.story import timeline

__all__ = ["case_view", "cases_of", "own_cases", "timeline"]
