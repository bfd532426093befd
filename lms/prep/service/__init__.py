"""Use cases of preparation, one module each."""
