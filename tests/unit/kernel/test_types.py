"""Small things: stored moments, database addresses, localized texts."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from lms.kernel.db import UtcDateTime, engine_options, sqlalchemy_url
from lms.kernel.i18n import zh

SHANGHAI = dt.timezone(dt.timedelta(hours=8))


@pytest.mark.parametrize("dialect", [postgresql.dialect(), sqlite.dialect()], ids=["postgresql", "sqlite"])
@given(moment=st.datetimes(timezones=st.sampled_from([dt.UTC, SHANGHAI])))
def test_a_moment_comes_back_as_the_same_moment_in_utc(dialect, moment):
    stored = UtcDateTime().process_bind_param(moment, dialect)
    read = UtcDateTime().process_result_value(stored, dialect)
    assert read == moment
    assert read.tzinfo is dt.UTC


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(dt.datetime(2026, 1, 1), sqlite.dialect())


@pytest.mark.parametrize("given_url", ["postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"])
def test_the_usual_postgresql_address_gets_our_driver(given_url):
    assert sqlalchemy_url(given_url).drivername == "postgresql+psycopg"


@pytest.mark.parametrize("url", ["sqlite:///x", "postgresql://h/d"])
def test_values_of_people_never_stand_in_database_errors(url):
    assert engine_options(url, 5)["hide_parameters"] is True


def test_a_text_without_english_says_so_by_leaving_it_out():
    assert zh("街道") == {"zh_CN": "街道"}
    assert zh("街道", "street") == {"zh_CN": "街道", "en": "street"}
