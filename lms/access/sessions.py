"""Sign-in tokens: what the cookie holds and what the database keeps of it."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """An unguessable token of 256 random bits for the cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored: a leaked table opens no session. The token is random, so a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
