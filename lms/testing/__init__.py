"""Fixtures and factories, shipped for plugin authors too."""
