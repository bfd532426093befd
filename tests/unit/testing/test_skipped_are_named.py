from __future__ import annotations

SOME = """
    import pytest

    def test_that_runs(): pass

    @pytest.mark.skipif(True, reason="no redis-server: apt-get install redis-server")
    def test_with_a_broker(): pass

    @pytest.fixture
    def browser(): pytest.skip("no Chromium")

    def test_in_a_browser(browser): pass

    def test_in_a_browser_too(browser): pass
"""


def test_tests_without_their_service_are_named_and_counted_at_the_end(pytester, monkeypatch):
    monkeypatch.setenv("LMS_TEST_FAST", "1")
    pytester.makepyfile(test_some=SOME)
    run = pytester.runpytest_inprocess("-p", "lms.testing.plugin")
    run.stdout.fnmatch_lines(
        [
            "*3 tests skipped*",
            "2 for no Chromium",
            "*test_some.py::test_in_a_browser",
            "*test_some.py::test_in_a_browser_too",
            "1 for no redis-server: apt-get install redis-server",
            "*test_some.py::test_with_a_broker",
        ]
    )
    run.assert_outcomes(passed=1, skipped=3)


def test_nothing_is_said_of_skipped_tests_when_all_of_them_ran(pytester, monkeypatch):
    monkeypatch.setenv("LMS_TEST_FAST", "1")
    pytester.makepyfile(test_some="def test_that_runs(): pass")
    run = pytester.runpytest_inprocess("-p", "lms.testing.plugin")
    run.stdout.no_fnmatch_line("*tests skipped*")
