"""Pages and JSON of the exam room."""
