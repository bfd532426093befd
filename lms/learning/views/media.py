"""Serving stored media: cacheable for ever, in ranges, and never as a page that could run scripts."""

from __future__ import annotations

from pathlib import PurePosixPath

from flask import Response, request

from lms.kernel.models import StoredFile
from lms.kernel.runtime import kernel
from lms.learning.packages.media import KINDS

_SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def serve(file: StoredFile, path: str) -> Response:
    """The whole file, the range asked for (RFC 9110 section 14; several ranges get the whole), or 304 or 416."""
    response = Response(mimetype=KINDS[PurePosixPath(path).suffix].media_type)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    response.set_etag(file.sha256)
    if response.mimetype == "image/svg+xml":
        response.headers["Content-Security-Policy"] = _SVG_POLICY
    if file.sha256 in request.if_none_match:
        response.status_code = 304
        return response
    wanted = request.range if _range_counts(file) else None
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return _filled(response, file, 0, file.size)
    span = wanted.range_for_length(file.size)
    if span is None:
        response.status_code = 416
        response.headers["Content-Range"] = f"bytes */{file.size}"
        return response
    response.status_code = 206
    response.headers["Content-Range"] = f"bytes {span[0]}-{span[1] - 1}/{file.size}"
    return _filled(response, file, *span)


def _range_counts(file: StoredFile) -> bool:
    """Whether a range may be served: a condition on an older content (`If-Range`) must match."""
    condition = request.if_range
    return condition.etag == file.sha256 if condition.etag or condition.date else True


def _filled(response: Response, file: StoredFile, start: int, end: int) -> Response:
    if request.method != "HEAD":
        response.response = kernel().files.stream(file.id, start, end)
    response.content_length = end - start
    return response
