"""What a printed page may load: the pictures and styles of its own folder. Loads WeasyPrint, see `lms.webkit.paper`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from weasyprint.urls import URLFetcher, URLFetcherResponse

_MEDIA = {".svg": "image/svg+xml", ".css": "text/css"}


class AssetFetcher(URLFetcher):  # type: ignore[misc]
    """Serves `asset:<name>` from one folder. Anything else, of any scheme, stops the printing."""

    def __init__(self, folder: Path) -> None:
        super().__init__(fail_on_errors=True)
        files = (path for path in folder.iterdir() if path.suffix in _MEDIA)
        self._assets = {f"asset:{path.name}": (path.read_bytes(), _MEDIA[path.suffix]) for path in files}

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """The asset. Raises `ValueError`, which WeasyPrint passes on as fatal."""
        del headers
        if url not in self._assets:
            raise ValueError(f"a printed page may not load {url[:200]}")
        content, media_type = self._assets[url]
        return URLFetcherResponse(url, content, {"Content-Type": media_type})
