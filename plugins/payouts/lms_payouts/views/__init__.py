"""Pages of payouts, all for officers."""

from lms_payouts.views import batches, budgets, overview, payments, receivables, results
from lms_payouts.views.base import bp

__all__ = ["batches", "bp", "budgets", "overview", "payments", "receivables", "results"]
