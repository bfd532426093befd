"""Use cases of cultivation plans."""
