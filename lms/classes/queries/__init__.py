"""Reading class groups."""
