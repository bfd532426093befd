"""Question banks, item versions and the syllabus map."""
