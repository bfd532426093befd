"""What is asked of people, as trees of conditions: checked for many at once, edited without code."""
