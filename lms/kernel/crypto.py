"""Field encryption: AES-256-GCM with a key id in front, and keyed blind indexes for looking a value up.

Stored form: one byte version, one byte length of the key id, the key id, 12 bytes nonce, ciphertext with its tag. The
version names the algorithm, so that a city that must use SM4 can add one without touching stored values.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lms.config import ConfigError

_AES_GCM = 1
_NONCE_BYTES = 12
_KEY_BYTES = 32


class DecryptionError(Exception):
    """A stored value cannot be opened: its key is missing, or it was changed."""


@dataclass(frozen=True)
class FieldCipher:
    """Encrypts short texts. `keys` by id (32 bytes each); `active` encrypts, all decrypt."""

    keys: Mapping[str, AESGCM]
    active: str
    index_key: bytes

    @classmethod
    def from_text(cls, field_keys: str, index_key: str) -> FieldCipher:
        """Parse `id:base64,id:base64`; the first key is the active one. Raises `ConfigError` on a malformed key."""
        keys: dict[str, AESGCM] = {}
        for part in field_keys.split(","):
            key_id, _, encoded = part.strip().partition(":")
            if not (key_id.isascii() and key_id.isalnum()) or key_id in keys:
                raise ConfigError("LMS_FIELD_KEYS: each key is `id:base64`, the ids of letters and digits, each once")
            keys[key_id] = AESGCM(_key_bytes(encoded, f"LMS_FIELD_KEYS: the key {key_id}"))
        return cls(keys, next(iter(keys)), _key_bytes(index_key, "LMS_INDEX_KEY"))

    def encrypt(self, text: str, *, context: str) -> bytes:
        """Encrypt `text`; `context` ("person.phone") is authenticated, so a value cannot be moved to another column."""
        return self.encrypt_bytes(text.encode(), context=context)

    def encrypt_bytes(self, content: bytes, *, context: str) -> bytes:
        """The same for bytes: files that hold what is sealed in the tables."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return self._head + nonce + self.keys[self.active].encrypt(nonce, content, context.encode())

    @cached_property
    def _head(self) -> bytes:
        key_id = self.active.encode()
        return bytes((_AES_GCM, len(key_id))) + key_id

    def decrypt(self, stored: bytes, *, context: str) -> str:
        """Open a stored value. Raises `DecryptionError`."""
        return self.decrypt_bytes(stored, context=context).decode()

    def decrypt_bytes(self, stored: bytes, *, context: str) -> bytes:
        """Open stored bytes. Raises `DecryptionError`."""
        if len(stored) < 2 or stored[0] != _AES_GCM:
            raise DecryptionError("unknown version of a stored field")
        end_of_id = 2 + stored[1]
        key = self.keys.get(stored[2:end_of_id].decode(errors="replace"))
        if key is None:
            raise DecryptionError("the key of a stored field is not configured")
        nonce, sealed = stored[end_of_id : end_of_id + _NONCE_BYTES], stored[end_of_id + _NONCE_BYTES :]
        try:
            return key.decrypt(nonce, sealed, context.encode())
        except (InvalidTag, ValueError):
            raise DecryptionError("a stored field was changed or moved") from None

    def key_id(self, stored: bytes) -> str:
        """The key a stored value was sealed with, for re-encryption after a key change."""
        return stored[2 : 2 + stored[1]].decode()

    def blind_index(self, text: str, *, context: str) -> bytes:
        """A keyed 16-byte fingerprint, equal for equal texts of one context, useless without the key."""
        return self.indexer(context)(text)

    def sealer(self, context: str) -> Callable[[str], bytes]:
        """`encrypt` for many values of one context: what they share is prepared once."""
        encrypt, head, bound = self.keys[self.active].encrypt, self._head, context.encode()

        def seal(text: str) -> bytes:
            nonce = os.urandom(_NONCE_BYTES)
            return head + nonce + encrypt(nonce, text.encode(), bound)

        return seal

    def indexer(self, context: str) -> Callable[[str], bytes]:
        """`blind_index` for many values of one context."""
        begun = hmac.new(self.index_key, f"{context}\x00".encode(), hashlib.sha256)

        def index(text: str) -> bytes:
            state = begun.copy()
            state.update(text.encode())
            return state.digest()[:16]

        return index


def _key_bytes(encoded: str, name: str) -> bytes:
    """The 32 bytes of a key written in base64. Raises `ConfigError` that names the key."""
    try:
        raw = base64.b64decode(encoded, validate=True)
    except ValueError:
        raw = b""
    if len(raw) != _KEY_BYTES:
        raise ConfigError(f"{name} must be {_KEY_BYTES} bytes in base64")
    return raw
