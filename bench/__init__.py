"""Benchmarks: each starts what it needs, measures the limit in the same run, and prints one JSON object last."""
