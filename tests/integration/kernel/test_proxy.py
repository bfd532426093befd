"""deploy/nginx.conf in front of the running site."""

from __future__ import annotations

import http.client
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from lms.testing.processes import wait_until
from lms.testing.servers import free_port
from tests.integration.kernel.support import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgres,  # what a city runs
    pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx: apt-get install nginx-light"),
]
HOST = "academy.example"
ANYBODY = ssl._create_unverified_context()  # noqa: S323 - the certificate was made by this test


def adapted(folder: Path, **ports: int) -> str:
    """Our configuration with the addresses and the certificate of this test, inside the frame Debian gives it."""
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for ours, here in {
        "/etc/academy/tls": str(folder),
        "listen 443": f"listen 127.0.0.1:{ports['https']}",
        "listen 80": f"listen 127.0.0.1:{ports['http']}",
        "127.0.0.1:8000": f"127.0.0.1:{ports['site']}",
    }.items():
        assert ours in text
        text = text.replace(ours, here)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    scratch = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    frame = f"daemon off; pid {folder}/nginx.pid; events {{}}"
    return f"{frame} http {{ access_log off; {scratch} include /etc/nginx/mime.types; {text} }}"


def make_certificate(folder: Path) -> None:
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", folder / "privkey.pem")
    name = ("-subj", f"/CN={HOST}", "-days", "1", "-out", folder / "fullchain.pem")
    subprocess.run(["openssl", "req", "-x509", *key, *name], check=True, capture_output=True)


@pytest.fixture
def ports(real_app, processes, tmp_path) -> dict[str, int]:
    """The site, as a city runs it, behind nginx."""
    ports = {name: free_port() for name in ("http", "https", "site")}
    make_certificate(tmp_path)
    whole = tmp_path / "nginx.conf"
    whole.write_text(adapted(tmp_path, **ports))
    checked = subprocess.run(["nginx", "-t", "-e", "stderr", "-c", whole], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    processes.env |= {
        "LMS_DATABASE_URL": real_app.extensions["lms"].config.database_url,
        "LMS_TRUSTED_PROXIES": "1",
        "LMS_SECURE_COOKIES": "1",
    }
    processes.lms("serve", "--port", str(ports["site"]), "--processes", "1", "--no-worker")
    processes.start("nginx", "-e", "stderr", "-c", whole)
    wait_until(lambda: _status(ports["https"], "/healthz") == 200)
    return ports


def ask(port: int, path: str, *, tls: bool = True, size: int = 0) -> http.client.HTTPResponse:
    """Ask as a browser that went to academy.example; a `size` makes it an upload of so many bytes."""
    if tls:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=ANYBODY)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Host": HOST, "Accept-Encoding": "gzip"}
    if size:
        connection.putrequest("POST", path, skip_host=True, skip_accept_encoding=True)
        for name, value in (headers | {"Content-Length": str(size)}).items():
            connection.putheader(name, value)
        connection.endheaders()
    else:
        connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def _status(port: int, path: str) -> int:
    try:
        return ask(port, path).status
    except OSError:
        return 0


def test_the_site_behind_the_proxy_knows_its_address_sends_http_to_https_and_refuses_what_is_too_large(ports):
    page = ask(ports["https"], "/")
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"], "the site did not learn that it is asked over HTTPS"
    assert page.headers["Content-Encoding"] == "gzip"
    away = ask(ports["https"], "/me")
    assert away.status in {302, 303}
    assert away.headers["Location"].startswith(("/", f"https://{HOST}/"))
    moved = ask(ports["http"], "/verify?x=1", tls=False)
    assert (moved.status, moved.headers["Location"]) == (301, f"https://{HOST}/verify?x=1")
    assert ask(ports["https"], "/sign-in", size=41 * 2**20).status == 413
