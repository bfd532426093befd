"""The host of plugins: finds them, loads them, migrates them, switches them, and keeps their failures off the core."""
