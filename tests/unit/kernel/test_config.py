from __future__ import annotations

import base64
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import pytest

from lms.config import Config, ConfigError

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guides" / "operator.md"
NUMBERS = ["trusted_proxies", "session_hours", "idle_minutes", "upload_mb", "pool_size", "job_lease_seconds"]


def load(tmp_path, **env: str) -> Config:
    return Config.from_env(
        {f"LMS_{name.upper()}": value for name, value in env.items()} | {"LMS_DATA_DIR": str(tmp_path)}
    )


def test_one_machine_needs_no_key_at_all(tmp_path):
    config = load(tmp_path)
    assert config.database_url == f"sqlite:///{tmp_path}/academy.sqlite3"
    assert len(base64.b64decode(config.index_key)) == 32
    assert config.field_keys.startswith("k1:")


def test_made_keys_stay_the_same_and_only_the_owner_reads_them(tmp_path):
    first, second = load(tmp_path / "data"), load(tmp_path / "data")
    assert first == second
    for path in (tmp_path / "data" / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_processes_that_start_together_agree_on_the_made_keys(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        configs = set(pool.map(lambda _n: load(tmp_path / "data"), range(16)))
    assert len(configs) == 1
    assert len(list((tmp_path / "data" / "keys").iterdir())) == 3


def test_a_key_that_was_given_is_not_made(tmp_path):
    config = load(tmp_path, secret_key="s", index_key="i", field_keys="f")
    assert (config.secret_key, config.index_key, config.field_keys) == ("s", "i", "f")
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["many", "-1", "1.5", "", "0x10"])
def test_a_number_that_cannot_be_one_is_refused_by_name(tmp_path, name, value):
    with pytest.raises(ConfigError, match=f"LMS_{name.upper()}"):
        load(tmp_path, **{name: value})


def test_every_number_is_checked_above():
    assert [spec.name for spec in fields(Config) if spec.type == "int"] == NUMBERS


@pytest.mark.parametrize(("value", "meant"), [("1", True), ("Yes", True), ("TRUE", True), ("0", False), ("no", False)])
def test_yes_and_no_are_understood(tmp_path, value, meant):
    assert load(tmp_path, secure_cookies=value).secure_cookies is meant


def test_neither_yes_nor_no_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="LMS_SECURE_COOKIES"):
        load(tmp_path, secure_cookies="perhaps")


def test_every_key_is_explained_in_the_code_and_in_the_operators_guide():
    table = dict(re.findall(r"^\| `(LMS_[A-Z_]+)` \| ([^|]*) \|", GUIDE.read_text(), re.MULTILINE))
    assert set(table) == {f"LMS_{spec.name.upper()}" for spec in fields(Config)} - {"LMS_TESTING"}
    for spec in fields(Config):
        assert spec.metadata["help"].endswith(".")
        if spec.type == "int":
            assert table[f"LMS_{spec.name.upper()}"].strip() == f"`{spec.default}`", spec.name
