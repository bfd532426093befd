"""Use cases of outside learning."""
