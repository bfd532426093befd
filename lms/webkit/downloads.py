"""Files for people to keep."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"


def download(name: str, content: bytes, media_type: str = XLSX, *, inline: bool = False) -> Response:
    """`content` as a file called `name`, Chinese names included (RFC 6266); `inline` shows it in the browser first."""
    suffix = name.rpartition(".")[2]
    kind = "inline" if inline else "attachment"
    disposition = f"{kind}; filename=\"download.{suffix}\"; filename*=UTF-8''{quote(name)}"
    return Response(content, mimetype=media_type, headers={"Content-Disposition": disposition})
