"""Use cases of programmes. The actor is always the first parameter."""
