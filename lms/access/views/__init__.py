"""Pages: importing a module puts its pages on the blueprint."""

from lms.access.views import codes, grants, passkeys, people, security, sign_in

__all__ = ["codes", "grants", "passkeys", "people", "security", "sign_in"]
