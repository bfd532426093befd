from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from lms.kernel import clock, settings_service
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Invalid, NotFound
from lms.kernel.models import AuditEntry
from lms.kernel.runtime import kernel
from lms.kernel.settings import SettingSpec, SettingsRegistry

JANUARY, MARCH, MAY = dt.date(2026, 1, 1), dt.date(2026, 3, 1), dt.date(2026, 5, 1)
SPECS = (
    SettingSpec("test.hours", 72, "学时", minimum=1, maximum=200),
    SettingSpec("test.open", default=True, title="开放"),
    SettingSpec("test.name", "蓉社学堂", "名称"),
    SettingSpec("test.mode", "strict", "方式", choices=("strict", "lenient")),
    SettingSpec("test.days", ["mon"], "日子", choices=("mon", "tue")),
)


@pytest.fixture
def registry(app):
    registry = kernel().settings
    registry.declare(SPECS)
    yield registry
    for spec in SPECS:
        registry.specs.pop(spec.key)


def put(value: object, day: dt.date = JANUARY, key: str = "test.hours", note: str = "") -> None:
    settings_service.set_value(SYSTEM, key, value, valid_from=day, note=note)


def test_a_value_counts_from_its_day_on_and_a_past_day_keeps_its_own(registry):
    put(80, MARCH)
    put(90, MAY)
    days = [MARCH - dt.timedelta(days=1), MARCH, MAY - dt.timedelta(days=1), MAY, dt.date(2030, 1, 1)]
    assert [registry.value("test.hours", on=day) for day in days] == [72, 80, 80, 90, 90]


def test_today_is_the_citys_day(registry):
    put(80, MARCH)
    with clock.frozen(dt.datetime(2026, 2, 28, 15, 59, tzinfo=dt.UTC)):
        assert registry.value("test.hours") == 72
    with clock.frozen(dt.datetime(2026, 2, 28, 16, 0, tzinfo=dt.UTC)):
        assert registry.value("test.hours") == 80


def test_a_value_set_later_for_an_earlier_day_does_not_reach_past_the_next_one(registry):
    put(90, MAY)
    put(80, MARCH)
    assert [registry.value("test.hours", on=day) for day in (JANUARY, MARCH, MAY)] == [72, 80, 90]


def test_the_second_change_on_one_day_wins_and_the_first_is_kept(registry):
    put(80, MARCH, note="文件第一版")
    put(85, MARCH, note="文件更正")
    assert registry.value("test.hours", on=MARCH) == 85
    assert [(row.value, row.note) for row in registry.history("test.hours")] == [(85, "文件更正"), (80, "文件第一版")]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("test.hours", "80"),
        ("test.hours", 80.5),
        ("test.hours", True),
        ("test.hours", None),
        ("test.hours", 0),
        ("test.hours", 201),
        ("test.open", 1),
        ("test.name", ["a"]),
        ("test.mode", "sometimes"),
        ("test.days", ["mon", "sun"]),
        ("test.days", [1]),
        ("test.days", "mon"),
    ],
)
def test_a_wrong_type_or_range_changes_nothing(registry, key, value):
    before = registry.value(key, on=JANUARY)
    with pytest.raises(Invalid) as refusal:
        put(value, key=key)
    assert refusal.value.fields["value"]
    assert registry.value(key, on=JANUARY) == before
    assert registry.history(key) == []


@pytest.mark.parametrize(("key", "value"), [("test.hours", 200), ("test.open", False), ("test.days", ["tue", "mon"])])
def test_a_value_comes_back_with_its_type(registry, key, value):
    put(value, key=key)
    assert registry.value(key, on=JANUARY) == value


def test_a_change_is_recorded_with_its_reason(registry):
    put(80, MARCH, note="成社发〔2026〕1 号")
    [entry] = db.session.scalars(select(AuditEntry))
    assert (entry.action, entry.subject_id) == ("setting.set", "test.hours")
    assert entry.detail == {"value": 80, "valid_from": "2026-03-01", "note": "成社发〔2026〕1 号"}


def test_the_database_refuses_to_change_what_was_once_in_force(registry):
    put(80, MARCH)
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text("UPDATE setting_value SET note = 'x'"))


def test_an_unknown_setting_is_not_found(registry):
    with pytest.raises(NotFound):
        put(1, key="test.unknown")
    with pytest.raises(NotFound):
        registry.value("test.unknown")


def test_two_settings_of_one_name_stop_the_start():
    with pytest.raises(ValueError, match=r"test\.hours"):
        SettingsRegistry().declare([SPECS[0], SPECS[0]])
