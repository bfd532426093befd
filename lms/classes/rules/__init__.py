"""Rules of classes: pure functions on plain values."""
