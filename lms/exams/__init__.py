"""Examinations: frozen papers, timed sittings, results."""
