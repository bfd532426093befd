"""Pytest fixtures for tests in a real browser: Debian's Chromium through Playwright.

Fixtures:

`chromium`  the browser, one for the tests of a module.
`screens`   open a window of its own: `screens(cookie, PHONE)`; an error in any page's script fails the test.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize, sync_playwright

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
"""The shell is the same browser without the windows nobody looks at: it needs half of the time."""
PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1440, height=900)
PATIENCE = 15_000
"""How many milliseconds a page may take before a test gives up."""

Screens = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium: apt-get install chromium-headless-shell")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def screens(chromium: Browser) -> Iterator[Screens]:
    opened: list[BrowserContext] = []
    errors: list[str] = []

    def open_screen(cookie: Any = None, size: ViewportSize = PHONE) -> BrowserContext:
        context = chromium.new_context(
            viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda problem: errors.append(str(problem.error)))
        if cookie is not None:
            context.add_cookies([cookie])
        opened.append(context)
        return context

    yield open_screen
    for context in opened:
        context.close()
    assert errors == []
