"""Somebody in front of a browser who notices what is wrong with a page.

visitor = Visitor(screens(academy.signed_in(person_id), PHONE), academy, "en")
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, ViewportSize, expect
from werkzeug.exceptions import HTTPException

from lms.testing.processes import wait_until
from lms.testing.served import Academy

AXE = Path(__file__).parent / "axe" / "axe.min.js"
PICTURES = os.environ.get("LMS_E2E_PICTURES", "")
"""A folder: every page that is looked at is saved there as a picture, for people's eyes."""

_FAULTS = """() => {
  const weighs = one => ["serious", "critical"].includes(one.impact);
  const light = axe._audit.rules.filter(rule => !weighs(rule)).map(rule => [rule.id, {enabled: false}]);
  const options = {resultTypes: ["violations"], rules: Object.fromEntries(light)};
  return axe.run(document, options).then(found => found.violations.filter(weighs)
    .map(one => `${one.id}: ${one.help}\\n`
      + one.nodes.map(node => `  ${node.target.join(" ")}: ${node.failureSummary}`).join("\\n")));
}"""
"""Serious faults. Rules whose faults are always lighter need not run."""
_TEXTS = """html => {
  const page = new DOMParser().parseFromString(html, "text/html"), texts = [page.title];
  const shown = part => !part.closest("script, style, [lang^=zh], [data-lesson-text]");
  const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (shown(walker.currentNode.parentElement)) texts.push(walker.currentNode.data);
  for (const part of page.body.querySelectorAll("*"))
    for (const {name, value} of part.attributes)
      if (/^(aria-label|title|placeholder|alt|data-.*)$/.test(name) && shown(part)) texts.push(value);
  return {texts, links: [...page.querySelectorAll("a[href^='/']")].map(link => link.getAttribute("href"))};
}"""


class Visitor:
    """A window on the academy. `look` is called on every page: whatever it finds fails the test."""

    def __init__(self, context: BrowserContext, academy: Academy, locale: str) -> None:
        self.context, self.base, self.locale = context, academy.base, locale
        self._routes = academy.app.url_map.bind("127.0.0.1")
        self.outside: list[str] = []
        self.broken: list[str] = []
        context.add_init_script(path=AXE)
        context.add_cookies([{"name": "lang", "value": locale, "url": self.base}])
        context.on("request", lambda request: self._note_host(request.url))
        context.on("console", self._note_complaint)
        self.page: Page = context.new_page()

    def _note_host(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:")):
            self.outside.append(url)

    def _note_complaint(self, message: Any) -> None:
        """Errors in the console: above all what the content security policy has refused."""
        if message.type == "error" and not re.search(r"status of 4\d\d|ERR_INTERNET_DISCONNECTED", message.text):
            self.broken.append(message.text)

    def open(self, path: str, status: int = 200) -> Page:
        """Go to a page and look at it."""
        response = self.page.goto(f"{self.base}{path}")
        assert response is not None
        assert response.status == status, f"{path}: {response.status}"
        return self.look()

    def press(self, target: str, *, look: bool = True) -> Page:
        """Press what a selector finds, which leads to another page, and look at that.

        A page that follows a running job is not looked at: it may load itself anew in the middle of it.
        """
        with self.page.expect_navigation():
            self.page.locator(target).first.click()
        return self.look() if look else self.page

    def reload_until(self, target: str) -> None:
        """Come back to the page until a background job has brought what a selector finds."""

        def there() -> bool:
            self.page.reload()
            return self.page.locator(target).count() > 0

        wait_until(there)
        self.look()

    def look(self) -> Page:
        """No serious fault of accessibility, nothing cut off, nothing from outside, no error in the console."""
        page = self.page
        page.wait_for_load_state("load")
        expect(page.locator("h1")).to_have_count(1)
        faults = page.evaluate(_FAULTS)
        assert not faults, f"{page.url}\n" + "\n".join(faults)
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert too_wide <= 0, f"{page.url} is {too_wide} px wider than the screen"
        size = page.viewport_size
        if size is not None and size["width"] < 720:
            hidden = page.eval_on_selector_all(
                ".table-box", "all => all.filter(b => b.scrollWidth > b.clientWidth + 1).length"
            )
            assert not hidden, f"{page.url}: a table has to be scrolled sideways on a phone"
        dead = [path for path in self.links() if self.endpoint(path) is None]
        assert not dead, f"{page.url} leads nowhere: {dead}"
        assert self.outside == []
        assert self.broken == []
        if PICTURES:
            self._keep_picture()
        return page

    def links(self) -> list[str]:
        """The paths within the academy that the page leads to."""
        links = self.page.eval_on_selector_all("a[href]:not([href^='#'])", "all => all.map(one => one.href)")
        return [urlsplit(link).path for link in links if link.startswith(self.base)]

    def endpoint(self, path: str) -> str | None:
        """The view behind a path; None where there is none."""
        try:
            return str(self._routes.match(path, method="GET")[0])
        except HTTPException:
            return None

    def read(self, path: str) -> tuple[list[str], list[str]]:
        """The texts of a page as it is sent, without drawing it, and the paths it leads to."""
        found = self.page.evaluate(_TEXTS, self.context.request.get(f"{self.base}{path}").text())
        return found["texts"], [urlsplit(link).path for link in found["links"]]

    def _keep_picture(self) -> None:
        place = re.sub(r"[^a-z0-9]+", "-", self.page.url.removeprefix(self.base).lower()).strip("-")[:60] or "home"
        size = self.page.viewport_size
        assert size is not None
        folder = Path(PICTURES)
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{place}-{self.locale}-{size['width']}.png"
        height = max(size["height"], self.page.evaluate("document.documentElement.scrollHeight"))
        # on a screen as tall as the page what stands at its foot does not lie over the middle
        self.page.set_viewport_size(ViewportSize(width=size["width"], height=height))
        self.page.screenshot(path=folder / name)
        self.page.set_viewport_size(size)
