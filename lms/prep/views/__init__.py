"""Pages of preparation."""
