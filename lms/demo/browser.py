"""A browser without a screen: cookies, redirects, and forms filled in as the page offers them.

What the walk does goes through here, so whatever a person could not do, the walk cannot do either: a form that is not
on the page is not sent, and a field the form does not have is not filled in.
"""

from __future__ import annotations

import http.client
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import lxml.html

from lms.kernel.errors import LmsError, NotFound

TIMEOUT = 60
"""Seconds an answer may take: longer than any page, shorter than anybody's patience."""
Value = str | Sequence[str]


class Refusal(LmsError):
    """The site answered with something else than what was asked for: `page`. `answered` is the HTTP status."""

    code = "site_refused"

    def __init__(self, page: Page) -> None:
        super().__init__(f"{page.url} answered {page.status}: {page.words()}")
        self.page, self.answered = page, page.status


@dataclass(frozen=True)
class Upload:
    """A file chosen in a form."""

    field: str
    name: str
    content: bytes
    media_type: str


@dataclass(frozen=True)
class Page:
    """An answer, and where it came from after all redirects."""

    url: str
    status: int
    content: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @cached_property
    def document(self) -> Any:
        """The page's elements, links and forms with whole addresses."""
        document = lxml.html.document_fromstring(self.content.decode())
        document.make_links_absolute(self.url)
        return document

    def all(self, selector: str) -> list[Any]:
        """The elements an XPath finds."""
        return list(self.document.xpath(selector))

    def one(self, selector: str, what: str) -> Any:
        """The first element an XPath finds; `what` names it where there is none (`NotFound`)."""
        found = self.all(selector)
        if not found:
            raise NotFound(f"{self.url} shows no {what}.", why=self.words())
        return found[0]

    def text(self, selector: str, what: str) -> str:
        """The words of that element, on one line."""
        return words_of(self.one(selector, what))

    def link(self, part: str) -> str:
        """The first link's address that contains `part`."""
        return str(self.one(f"//a[contains(@href, '{part}')]", f"link to {part}").get("href"))

    def has_form(self, action: str) -> bool:
        return any(self._leads_to(form, action) for form in self.document.forms)

    def form(self, action: str = "") -> Any:
        """The form that is sent to an address ending in `action`; by default to the page's own. Filters come last."""
        for form in sorted(self.document.forms, key=lambda one: one.method == "GET"):
            if self._leads_to(form, action or self.path):
                form.action = form.action or self.url
                return form
        raise NotFound(f"{self.url} has no form that leads to {action or 'itself'}.", why=self.words())

    def words(self) -> str:
        """What the page says went wrong, else its heading: for the message a person reads."""
        if self.content[:1] == b"{":
            said = json.loads(self.content)
            return " ".join(str(said[part]) for part in ("what", "why", "todo") if said.get(part))
        if self.content.lstrip()[:1] != b"<":
            return ""
        shown = "[not(ancestor-or-self::*[@hidden] or ancestor::template)]"
        told = self.all(f"//*[@role='alert']{shown}") or self.all(
            "//h1 | //h1/following-sibling::p | //main//p[strong]"
        )
        return " ".join(filter(None, map(words_of, told)))[:400]

    def _leads_to(self, form: Any, action: str) -> bool:
        return bool(urlsplit(form.action or self.url).path.endswith(action))


class Browser:
    """One person's browser on one site."""

    def __init__(self, site: str) -> None:
        self.site = site
        handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor())
        self._opener = urllib.request.build_opener(*handlers)

    def get(self, path: str) -> Page:
        """Open an address of the site. Raises `Refusal` for an answer of 400 and above."""
        return _accepted(self._send(path))

    def look(self, path: str) -> Page:
        """Open an address and take whatever comes."""
        return self._send(path)

    def submit(self, form: Any, values: Mapping[str, Value] | None = None, upload: Upload | None = None) -> Page:
        """Send a form with `values` in place of what it holds. Raises `Refusal`, also when the form comes back.

        A value for a field that the form does not have is a mistake of ours: `KeyError`.
        """
        pairs = filled_in(form, values or {})
        if form.method == "GET":
            return _accepted(self._send(f"{form.action}?{urlencode(pairs)}"))
        if upload is None:
            kind, content = "application/x-www-form-urlencoded", urlencode(pairs).encode()
        else:
            kind, content = multipart(pairs, upload)
        return _accepted(self._send(form.action, content, {"Content-Type": kind}))

    def ask(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
        """Send JSON and take the JSON that answers, as a page's script does. Raises `Refusal`."""
        sent = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        answer: dict[str, Any] = json.loads(_accepted(self._send(path, json.dumps(body).encode(), sent)).content)
        return answer

    def _send(self, path: str, content: bytes | None = None, headers: Mapping[str, str] | None = None) -> Page:
        address = urljoin(self.site, path)
        request = urllib.request.Request(address, content, dict(headers or {}))  # noqa: S310 - our own http:// site
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                return Page(answer.url, answer.status, answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return Page(refused.url or address, refused.code, refused.read())
        except (OSError, http.client.HTTPException) as error:
            raise LmsError(f"{address} does not answer: {error}.") from None


def filled_in(form: Any, values: Mapping[str, Value]) -> list[tuple[str, str]]:
    """What a browser would send: the form's own values, with `values` in place of those it names."""
    known = {field.get("name") for field in form.iter("input", "select", "textarea", "button")}
    unknown = values.keys() - known
    if unknown:
        raise KeyError(f"the form to {form.action} has no field {', '.join(sorted(unknown))}")
    kept = [(name, value) for name, value in form.form_values() if name not in values]
    typed = [
        (name, one) for name, value in values.items() for one in ([value] if isinstance(value, str) else list(value))
    ]
    return kept + typed


def multipart(pairs: Sequence[tuple[str, str]], upload: Upload) -> tuple[str, bytes]:
    """Content type and body of a form with a file (RFC 7578)."""
    boundary = secrets.token_hex(16)
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in pairs]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{upload.field}"; filename="{upload.name}"\r\n'
        f"Content-Type: {upload.media_type}\r\n\r\n"
    )
    body = "\r\n".join([*parts, head]).encode() + upload.content + f"\r\n--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", body


def words_of(element: Any) -> str:
    """An element's text on one line."""
    return " ".join(str(element.text_content()).split())


def _accepted(page: Page) -> Page:
    if page.status >= 400:
        raise Refusal(page)
    return page
