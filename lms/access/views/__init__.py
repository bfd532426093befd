"""Pages: importing a module puts its pages on the blueprint."""

from lms.access.views import codes, external, grants, passkeys, people, security, sign_in

__all__ = ["codes", "external", "grants", "passkeys", "people", "security", "sign_in"]
