"""Pages of class groups."""
