"""The academy of Chengdu's social workers: learning, examinations, hours and certificates."""

__version__ = "0.1.0"
