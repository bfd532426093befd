"""One-time awards for certificates."""
