"""Hostile archives: refused in words, and nothing outside the folder is touched."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from lms.kernel.errors import Invalid
from lms.learning.packages import archive
from lms.testing.factories.courses import package_files


def zipped(files: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return stream.getvalue()


def with_mode(name: str, mode: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        target.writestr("course.yml", "x")
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        target.writestr(info, "/etc/passwd")
    return stream.getvalue()


@pytest.mark.parametrize("prefix", ["", "small-course/"])
def test_a_package_at_the_top_or_in_one_folder_is_found(tmp_path, prefix):
    files = {prefix + name: content for name, content in package_files().items()}
    files |= {"__MACOSX/._course.yml": b"junk", prefix + "media/.DS_Store": b"junk"}
    root, name = archive.unpack(zipped(files), tmp_path)
    assert (root / "course.yml").read_text() == package_files()["course.yml"]
    assert name == prefix.rstrip("/")
    assert not (tmp_path / "__MACOSX").exists()
    assert not (root / "media/.DS_Store").exists()


HOSTILE = {
    "parent": zipped({"course.yml": "x", "../evil.txt": "x"}),
    "inner parent": zipped({"course.yml": "x", "media/../../evil.txt": "x"}),
    "absolute": zipped({"course.yml": "x", "/evil.txt": "x"}),
    "drive": zipped({"course.yml": "x", "C:evil.txt": "x"}),
    "link": with_mode("media/link.svg", 0o120777),
    "device": with_mode("media/device", 0o020666),
    "same name": zipped({"course.yml": "x", "COURSE.yml": "y"}),
    "empty": zipped({}),
    "no outline": zipped({"a/x.md": "x", "b/y.md": "y"}),
    "bomb": zipped({"course.yml": "x", "media/zeros.svg": b"\0" * (8 << 20)}),
    "many": zipped({f"lessons/{number:03d}.md": "x" for number in range(501)}),
    "bzip2": zipped({"course.yml": "x"}, zipfile.ZIP_BZIP2),
    "no zip": b"PK\x03\x04 but nothing else",
    "file and folder": zipped({"course.yml": "x", "media": "x", "media/a.svg": "x"}),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_archive_is_refused(tmp_path, content):
    target = tmp_path / "inside"
    target.mkdir()
    with pytest.raises(Invalid):
        archive.unpack(content, target)
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]
    assert not any(path.is_symlink() for path in target.rglob("*"))


def test_an_archive_that_lies_about_sizes_is_stopped_while_it_unpacks(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1000)
    monkeypatch.setattr(archive, "_refuse_hostile", lambda *_args: None)
    with pytest.raises(Invalid, match="已停止"):
        archive.unpack(zipped({"course.yml": "x", "media/a.svg": bytes(range(256)) * 20}), tmp_path)


def test_a_truncated_or_bent_archive_is_refused(tmp_path):
    sound = zipped(package_files())
    bent = bytearray(sound)
    bent[60:90] = b"\xff" * 30
    lying = bytearray(sound)
    at = lying.rfind(b"PK\x01\x02")
    lying[at + 24 : at + 28] = struct.pack("<I", 7)
    for number, content in enumerate((sound[: len(sound) // 2], bytes(bent), bytes(lying))):
        with pytest.raises(Invalid):
            archive.unpack(content, tmp_path / str(number))


def test_packing_gives_the_same_bytes_for_the_same_files():
    files = sorted((name, text.encode()) for name, text in package_files().items())
    assert archive.pack("small-course", files) == archive.pack("small-course", files)
