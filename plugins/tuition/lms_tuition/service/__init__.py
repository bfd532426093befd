"""Use cases: schemes, studies, agreements, claims, checks, the end of cases, payments, recalls."""
