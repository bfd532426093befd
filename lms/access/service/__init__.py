"""Use cases of the access room."""

from lms.access.service.grants import grant_role, revoke_grant

__all__ = ["grant_role", "revoke_grant"]
