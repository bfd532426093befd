"""Persons, employments, national qualifications, the roster."""
