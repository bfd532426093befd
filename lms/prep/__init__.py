"""Free preparation for the national examination: sign-up by anybody, practice papers, a forecast of readiness."""
