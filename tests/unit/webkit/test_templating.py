from __future__ import annotations

import datetime as dt

import pytest

from lms.kernel import clock
from lms.kernel.i18n import in_locale, pick
from lms.webkit import templating

NEW_YEAR_EVE = dt.datetime(2026, 12, 31, 16, 30, tzinfo=dt.UTC)  # 00:30 on New Year's Day in Chengdu


def test_a_moment_late_in_the_evening_of_utc_is_the_next_day_in_the_city(app):
    assert templating.day(NEW_YEAR_EVE) == "2027 年 1 月 1 日（周五）"
    assert templating.moment(NEW_YEAR_EVE) == "2027 年 1 月 1 日 00:30"


def test_dates_are_written_in_english_when_the_page_is(app):
    with in_locale("en"):
        assert templating.day(dt.date(2026, 11, 23)) == "Mon 23 Nov 2026"
        assert templating.moment(NEW_YEAR_EVE) == "1 Jan 2027, 00:30"
        assert templating.month(11) == "Nov"


def test_a_month_is_short_where_there_is_little_room(app):
    assert templating.month(dt.date(2026, 11, 1)) == "11 月"
    with in_locale("en"):
        assert templating.month(dt.date(2026, 11, 1)) == "Nov"


def test_narrow_columns_leave_out_this_year_and_show_another(app):
    with clock.frozen(dt.datetime(2026, 11, 23, tzinfo=dt.UTC)):
        assert templating.short_moment(dt.datetime(2026, 3, 1, 1, 5, tzinfo=dt.UTC)) == "03-01 09:05"
        assert templating.short_moment(dt.datetime(2025, 3, 1, 1, 5, tzinfo=dt.UTC)) == "2025-03-01 09:05"
        with in_locale("en"):
            assert templating.short_moment(dt.datetime(2026, 3, 1, 1, 5, tzinfo=dt.UTC)) == "1 Mar 09:05"
            assert templating.short_moment(dt.datetime(2025, 3, 1, 1, 5, tzinfo=dt.UTC)) == "1 Mar 2025 09:05"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 小时"), (45, "45 分钟"), (60, "1 小时"), (135, "2 小时 15 分"), (-90, "-1 小时 30 分")],
)
def test_lengths_of_time_are_in_hours_of_sixty_minutes(app, minutes, words):
    assert templating.minutes(minutes) == words


def test_missing_dates_leave_an_empty_cell(app):
    assert (templating.day(None), templating.moment(None), templating.short_moment(None)) == ("", "", "")


def test_a_text_without_english_falls_back_to_chinese(app):
    with in_locale("en"):
        assert pick({"zh_CN": "成都社工员"}) == "成都社工员"
        assert pick({"zh_CN": "课程", "en": "Course"}) == "Course"
