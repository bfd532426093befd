"""Every deployment setting: one frozen object built from the environment, each key typed, defaulted and explained.

What officers may change while the site runs (pass marks, reminders) is not here but in `lms.kernel.settings`.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path


class ConfigError(ValueError):
    """A key of the environment that cannot be read; the message names it."""


def _key(help_text: str, default: str = "") -> str:
    """Declare one key: its default as it would stand in the environment, and what it is for."""
    return field(default=default, metadata={"help": help_text})  # type: ignore[no-any-return,unused-ignore]


def _secret(help_text: str) -> str:
    """Declare a key whose value is never shown."""
    return field(default="", metadata={"help": help_text, "secret": True})  # type: ignore[no-any-return,unused-ignore]


def _number(help_text: str, default: int, minimum: int = 1) -> int:
    """Declare a key that is a whole number of at least `minimum`."""
    explained = {"help": help_text, "minimum": minimum}
    return field(default=default, metadata=explained)  # type: ignore[no-any-return,unused-ignore]


@dataclass(frozen=True, slots=True)
class Config:
    """The deployment. Read `LMS_<NAME>` for each field; `lms config` prints them all."""

    data_dir: Path = field(default=Path("var"), metadata={"help": "Folder of the database, files, keys and mail."})
    database_url: str = _secret("SQLAlchemy address; empty means SQLite in the data folder.")
    base_url: str = _key("Public address, as printed on certificates and in mail.", "http://127.0.0.1:8000")
    secret_key: str = _secret("Signs cookies and exam tokens; empty means one made and kept in the data folder.")
    field_keys: str = _secret(
        "Keys of the encrypted fields as `id:base64,id:base64`, the first one encrypts; empty means one made and kept."
    )
    index_key: str = _secret("Base64 key of the blind look-up indexes; empty means one made and kept.")
    files_url: str = _key("Object store (`s3://bucket/prefix`); empty means a folder in the data folder.")
    broker_url: str = _secret("Celery broker that carries job ids to many machines; empty means the embedded worker.")
    redis_url: str = _secret("Shared store of rate limits; empty means each process's memory.")
    smtp_url: str = _secret("`smtp://user:password@host:port`; empty means mail is written to the data folder.")
    mail_from: str = _key("Sender of mail.", "academy@localhost")
    trusted_proxies: int = _number("How many reverse proxies stand in front.", 0, minimum=0)
    session_hours: int = _number("Longest life of a sign-in, in hours.", 12)
    idle_minutes: int = _number("Officers are signed out after so many idle minutes.", 30)
    upload_mb: int = _number("Largest upload in MiB.", 40)
    secure_cookies: bool = field(default=False, metadata={"help": "Send cookies over HTTPS only; set it in a city."})
    pool_size: int = _number("Database connections a web process may hold.", 10)
    metrics_token: str = _secret("Bearer token for reading `/metrics`; empty means only signed-in operators may.")
    job_lease_seconds: int = _number("A worker silent for so long is taken for dead; another takes its job over.", 30)
    log_level: str = _key("Least severe line of the log.", "INFO")
    testing: bool = field(default=False, metadata={"help": "Set by the test suite: raises what pages would show."})

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None, **overrides: object) -> Config:
        """Build the configuration; `overrides` win over the environment.

        Raises `ConfigError` naming the key that cannot be read.
        """
        source = os.environ if env is None else env
        values: dict[str, object] = {}
        for spec in fields(cls):
            raw = source.get(f"LMS_{spec.name.upper()}")
            if raw is not None:
                values[spec.name] = _parse(spec.name, str(spec.type), raw, spec.metadata.get("minimum"))
        values.update(overrides)
        return _completed(cls(**values))  # type: ignore[arg-type]


def _completed(config: Config) -> Config:
    """Fill in what a single machine needs and nobody gave: the database's place and the keys."""
    folder = config.data_dir.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    given = {spec.name: getattr(config, spec.name) for spec in fields(config)} | {"data_dir": folder}
    given["database_url"] = config.database_url or f"sqlite:///{folder / 'academy.sqlite3'}"
    given["secret_key"] = config.secret_key or _kept_secret(folder / "keys" / "secret", 32)
    given["index_key"] = config.index_key or _kept_secret(folder / "keys" / "index", 32)
    given["field_keys"] = config.field_keys or "k1:" + _kept_secret(folder / "keys" / "field-k1", 32)
    return Config(**given)


def _parse(name: str, type_name: str, raw: str, minimum: int | None) -> object:
    if type_name == "int":
        if not raw.strip().isdecimal() or int(raw) < (minimum or 0):
            raise ConfigError(f"LMS_{name.upper()} must be a whole number from {minimum} on, not {raw!r}")
        return int(raw)
    if type_name == "bool":
        if raw.lower() not in {"0", "1", "true", "false", "yes", "no"}:
            raise ConfigError(f"LMS_{name.upper()} must be yes or no, not {raw!r}")
        return raw.lower() in {"1", "true", "yes"}
    return Path(raw) if type_name == "Path" else raw


def _kept_secret(path: Path, size: int) -> str:
    """Read a base64 secret, making it on first use. Two processes starting at once agree on one."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        scratch = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        scratch.touch(mode=0o600)
        scratch.write_text(base64.b64encode(secrets.token_bytes(size)).decode())
        try:
            path.hardlink_to(scratch)  # atomic, and refuses to replace one that another process just made
        except FileExistsError:
            pass
        finally:
            scratch.unlink()
    return path.read_text().strip()
