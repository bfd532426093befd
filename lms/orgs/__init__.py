"""The city's management tree."""
