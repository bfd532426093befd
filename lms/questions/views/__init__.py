"""The trainer's pages of question banks."""
