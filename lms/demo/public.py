"""The last part of the walk: the certificate's PDF, and a stranger who verifies it."""

from __future__ import annotations

import hashlib
import io
import json

import pikepdf

from lms.demo.browser import Browser
from lms.demo.scene import Scene
from lms.kernel.errors import LmsError


def fetch_pdf(scene: Scene) -> str:
    """Download the holder's PDF and see that it is one; the certificate's page also has the address to verify it at."""
    browser, outcome = scene.learner, scene.outcome
    page = browser.get("/certificates")
    content = browser.get(page.link(".pdf")).content
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            pages = len(document.pages)
    except pikepdf.PdfError as error:
        raise LmsError("What was downloaded is no PDF.", why=str(error)) from None
    outcome.verify = page.link("/verify/")
    outcome.pdf = scene.site.folder / "certificates" / f"{outcome.certificate}.pdf"
    outcome.pdf.parent.mkdir(exist_ok=True)
    outcome.pdf.write_bytes(content)
    return f"{pages} page, {len(content) // 1024} kB"


def verify(scene: Scene) -> str:
    """Without any sign-in: the page shows name, number and whole content; an address made up shows nothing."""
    stranger, outcome, walker = Browser(scene.site.url), scene.outcome, scene.walker
    page = stranger.get(outcome.verify)
    claims = page.one("//pre", "signed content").text_content()
    issued = json.loads(claims)
    if (issued["number"], issued["holder"]["name"]) != (outcome.certificate, walker.name):
        raise LmsError(f"The public page shows {issued['number']} of {issued['holder']['name']}.")
    digest = hashlib.sha256(claims.encode()).hexdigest()
    if digest != page.text("//*[@class='digest']", "digest"):
        raise LmsError("The digest on the public page is not that of the content it shows.")
    token = outcome.verify.rpartition("/")[2]
    forged = stranger.look(f"/verify/{token[::-1]}")
    if forged.status != 404:
        raise LmsError(f"A forged address answered {forged.status}.")
    verdict = page.text("//*[contains(@class, 'verdict-word')]", "verdict")
    return f"{verdict}, SHA-256 {digest[:12]}"
