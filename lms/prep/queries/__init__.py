"""Reading subjects, papers, readiness and sign-ups."""
