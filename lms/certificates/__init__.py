"""Immutable certificates and their public verification."""
