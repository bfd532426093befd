from __future__ import annotations

import socketserver
import threading
import uuid
from pathlib import Path

import pytest

from lms.config import Config
from lms.messages.dto import Letter
from lms.messages.postbox import open_postbox, written

LETTER = Letter(
    uuid.UUID(int=7), "chen@example.org", "结果已公布", "“成都社工员”的结果已公布。", "https://x.example/exams", "zh_CN"
)
ANSWERS = {b"EHLO": b"250 here", b"MAIL": b"250 ok", b"RCPT": b"250 ok", b"DATA": b"354 go on", b"QUIT": b"221 bye"}


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        for line in self.rfile:
            verb = line[:4].upper()
            self.wfile.write(ANSWERS.get(verb, b"500 what") + b"\r\n")
            if verb == b"DATA":
                self.server.letters.append(self._letter())
                self.wfile.write(b"250 taken\r\n")
            if verb == b"QUIT":
                return

    def _letter(self) -> bytes:
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line)
        return b"".join(lines)


@pytest.fixture
def server():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Conversation) as listening:
        listening.letters = []
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


def config(folder: Path, smtp_url: str = "") -> Config:
    return Config.from_env({}, data_dir=folder, smtp_url=smtp_url, mail_from="学堂 <academy@example.org>")


def test_letters_go_over_one_connection_to_the_configured_server(tmp_path, server):
    host, port = server.server_address
    settings = config(tmp_path, f"smtp://{host}:{port}")
    with open_postbox(settings) as box:
        box.post(written(LETTER, settings.mail_from))
        box.post(written(LETTER, settings.mail_from))
    assert len(server.letters) == 2
    assert b"Message-ID: <00000000000000000000000000000007@example.org>\r\n" in server.letters[0]
    assert b"To: chen@example.org" in server.letters[0]
    assert not (tmp_path / "mail").exists()


def test_a_server_that_is_not_there_is_an_os_error(tmp_path, server):
    host, port = server.server_address
    server.shutdown()
    server.server_close()
    with pytest.raises(ConnectionRefusedError), open_postbox(config(tmp_path, f"smtp://{host}:{port}")):
        pass


def test_the_same_letter_written_twice_into_the_folder_is_one_file(tmp_path):
    settings = config(tmp_path)
    for _round in range(2):
        with open_postbox(settings) as box:
            box.post(written(LETTER, settings.mail_from))
    assert [path.name for path in (tmp_path / "mail").iterdir()] == [f"{LETTER.id.hex}.eml"]
