"""Use cases of practice, one module each."""
