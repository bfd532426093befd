"""Reading: schemes and their revisions, what a claim is judged by, a person's invitations and claims, rounds."""
