"""Cycles: who owes what from when to when, what counts in it, and where each person stands."""
