"""What a printed page may load: the pictures and styles of its own template folder."""

from __future__ import annotations

from typing import Any

from weasyprint.urls import URLFetcher, URLFetcherResponse

from lms.certificates.sandbox import PRINTED

_MEDIA = {".svg": "image/svg+xml", ".css": "text/css"}


class AssetFetcher(URLFetcher):  # type: ignore[misc]
    """Serves `asset:<name>` from one template folder. Anything else, of any scheme, stops the printing."""

    def __init__(self, template: str) -> None:
        super().__init__(fail_on_errors=True)
        files = (path for path in (PRINTED / template).iterdir() if path.suffix in _MEDIA)
        self._assets = {f"asset:{path.name}": (path.read_bytes(), _MEDIA[path.suffix]) for path in files}

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """The asset. Raises `ValueError`, which WeasyPrint passes on as fatal."""
        del headers
        if url not in self._assets:
            raise ValueError(f"a certificate may not load {url[:200]}")
        content, media_type = self._assets[url]
        return URLFetcherResponse(url, content, {"Content-Type": media_type})
