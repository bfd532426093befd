"""What people want to learn and where they fall short: wishes, ratings after a class, weak points in examinations."""
