"""The inbox and e-mail."""
