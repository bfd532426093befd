"""Reading programmes, rounds, panels and appointments."""
