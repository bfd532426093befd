"""Broken packages of every kind: each fault is named with its file and line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lms.learning import packages
from lms.learning.packages import folder
from lms.testing.factories.courses import PICTURE, package_files, write_package

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


def check(tmp_path: Path, files: dict[str, str | bytes], name: str = "small-course"):
    return packages.check(write_package(tmp_path / name, files))


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), 1) if part in line)


def changed(path: str, old: str, new: str) -> dict[str, str]:
    files = package_files()
    assert old in files[path]
    return {**files, path: files[path].replace(old, new, 1)}


def test_a_sound_package_has_no_problems_and_a_stable_digest(tmp_path):
    first = check(tmp_path / "a", package_files())
    second = check(tmp_path / "b", dict(reversed(package_files().items())))
    assert first.problems == ()
    assert first.package.digest == second.package.digest
    assert [lesson.slug for lesson in first.package.lessons] == ["01-part", "02-part"]
    other = {**package_files(), "lessons/02-part.md": package_files()["lessons/02-part.md"] + "\n再加一句。\n"}
    assert check(tmp_path / "c", other).package.digest != first.package.digest


def test_a_new_package_passes_the_check(tmp_path):
    packages.draw_up(tmp_path / "my-course")
    assert packages.check(tmp_path / "my-course").problems == ()


OUTLINE = [
    ("id: small-course", "id: other-course", "id: other-course", "文件夹名"),
    ("format: 1", "format: 2", "format: 2", "只能是 1"),
    ('version: "1.0"', "version: 1.0", "version: 1.0", "请加引号"),
    ("tier: foundation", "tier: expert", "tier: expert", "foundation"),
    ("tier: foundation\n", "", "format: 1", "缺少 tier"),
    ("open_to_public: false", "open_to_public: maybe", "open_to_public", "true 或 false"),
    ("credit_minutes: 90", "credit_minutes: 91", "credit_minutes", "45 的倍数"),
    ("credit_minutes: 90", "credit_minutes: 180", "credit_minutes", "合计 90 分钟"),
    ("credit_minutes: 90", "credit_minutes: 45", "credit_minutes", "合计 90 分钟"),
    ("minimum_minutes: 1", "minimum_minutes: 46", "minimum_minutes: 46", "超过了计划时间"),
    ("minimum_minutes: 1", "minimum_minutes: -1", "minimum_minutes: -1", "不能小于 0"),
    ("        minutes: 45", "        minutes: 45.5", "minutes: 45.5", "整数"),
    ('points: ["1.1"]', 'points: ["9.9"]', '["9.9"]', "没有要点“9.9”"),
    ('points: ["1.1"]', 'points: ["1"]', 'points: ["1"]', "还有下一级"),
    ('points: ["1.1"]', 'points: ["1.1", "1.1"]', '["1.1", "1.1"]', "重复"),
    ('code: "1.1"', 'code: "2.1"', 'code: "2.1"', "上一级要点“2”"),
    ("check: checks/01.gift", "check: checks/09.gift", "checks/09.gift", "找不到文件“checks/09.gift”"),
    ("file: lessons/02-part.md", "file: lessons/01-part.md", "modules:", "被引用了 2 次"),
    ("file: lessons/02-part.md", "file: ../../etc/passwd", "../../etc/passwd", "写法不对"),
    ("sources:", "sourcse:", "sourcse", "sourcse"),
    ("title: {zh_CN: 小纲, en: Small syllabus}", "title: {en: Small syllabus}", "Small syllabus", "缺少 zh_CN"),
    ("category: professional", "category: professional\ncategory: public", "category: public", "写了两次"),
    ("category: professional", "category: !!python/name:os.system x", "!!python", "YAML 标签"),
    ("category: professional", "\tcategory: professional", "\tcategory", "制表符"),
    ("category: professional", "category: a: b", "category: a: b", "冒号"),
]


@pytest.mark.parametrize(("old", "new", "mark", "words"), OUTLINE, ids=[row[1].strip()[:40] for row in OUTLINE])
def test_a_fault_of_the_outline_is_named_with_its_line(tmp_path, old, new, mark, words):
    files = changed("course.yml", old, new)
    report = check(tmp_path, files)
    assert report.package is None
    found = [problem for problem in report.problems if words in problem.message]
    assert found, report.problems
    assert found[0].path == "course.yml"
    assert found[0].line == line_of(files["course.yml"], mark)


def test_aliases_are_refused_before_they_can_explode(tmp_path):
    layers = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 30))
    report = check(tmp_path, {**package_files(), "course.yml": "l0: &l0 [x]\n" + layers})
    [problem] = [problem for problem in report.problems if problem.path == "course.yml"]
    assert (problem.line, "别名" in problem.message) == (2, True)


@pytest.mark.parametrize("text", ["", "[" * 5000, "- " * 3000, "\x00", "just words", "\ufffe: ["])
def test_what_is_no_outline_at_all_is_refused_in_words(tmp_path, text):
    report = check(tmp_path, {**package_files(), "course.yml": text})
    assert report.package is None
    assert any(problem.path == "course.yml" for problem in report.problems)


def test_a_missing_outline_is_one_problem(tmp_path):
    files = package_files()
    del files["course.yml"]
    [problem] = check(tmp_path, files).problems
    assert str(problem).startswith("course.yml:1: ")


LESSON = [
    ("# 第 1 课", "# 别的标题", 1, "与 course.yml 里的“第 1 课”不同"),
    ("# 第 1 课", "第 1 课", 1, "第一行应是标题"),
    ("../media/circle.svg", "../media/square.svg", 5, "找不到“media/square.svg”"),
    ("![一个圆]", "![]", 5, "没有文字说明"),
    ("../media/circle.svg", "https://example.com/x.png", 5, "不能引用"),
    ("../media/circle.svg", "../../../etc/passwd.svg", 5, "不能引用"),
    ("../media/circle.svg", "../course.yml", 5, "不能引用"),
    ("正文", '<script>alert("x")</script>正文', 3, "HTML 标签"),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), LESSON, ids=[row[1] for row in LESSON])
def test_a_fault_of_a_lesson_is_named_with_its_line(tmp_path, old, new, line, words):
    report = check(tmp_path, changed("lessons/01-part.md", old, new))
    found = [problem for problem in report.problems if words in problem.message]
    assert [(problem.path, problem.line) for problem in found] == [("lessons/01-part.md", line)], report.problems


GIFT = [
    ("checks/01.gift", "[tag:point:1.1]", "[tag:point:7.7]", 1, "没有要点“7.7”"),
    ("checks/01.gift", "[tag:point:1.1] ", "", 1, "没有写大纲要点"),
    ("checks/01.gift", "####解析：第二个选项符合课文。\n", "", 1, "没有解析"),
    ("checks/01.gift", "[tag:difficulty:1]", "[tag:difficulty:1] [tag:syllabus:other]", 1, "不是本课程的"),
    ("checks/01.gift", "=第二个选项", "~第二个选项", 1, ""),
    ("bank/part-1.gift", "small-course-b1", "small-course-c01-1", 1, "已经用过"),
]


@pytest.mark.parametrize(("path", "old", "new", "line", "words"), GIFT, ids=[row[4] or "no key" for row in GIFT])
def test_a_fault_of_a_question_is_named_with_its_file(tmp_path, path, old, new, line, words):
    report = check(tmp_path, changed(path, old, new))
    assert report.package is None
    assert any(words in problem.message and problem.line >= line for problem in report.problems)
    assert {problem.path for problem in report.problems} <= {path, "checks/01.gift"}


FILES = [
    ("notes.txt", b"x", "没有放这种文件的地方"),
    ("lessons/03-extra.md", "# 多出的一课\n\n正文\n".encode(), "没有用到"),
    ("media/unused.svg", PICTURE.encode(), "没有用到"),
    ("media/run.exe", b"MZ", "没有放这种文件的地方"),
    ("media/fake.png", b"not a picture", "内容不是 .png"),
    ("media/fake.mp4", PNG, "内容不是 .mp4"),
    ("media/bad.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "<script>"),
    ("media/bad.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "脚本或外部地址"),
    ("media/bad.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><image href="https://x.cn/a.png"/></svg>', "外部地址"),
    ("media/bad.svg", b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>', "DOCTYPE"),
    ("media/bad.svg", b"<svg", "写法有误"),
    ("media/.hidden.svg", PICTURE.encode(), "不能以点开头"),
    ("media/空 格.svg", PICTURE.encode(), "文件名只能用"),
    ("media/empty.png", b"", "文件是空的"),
    ("lessons/03-big.md", b"a" * ((1 << 20) + 1), "最大 1 MB"),
    ("lessons/03-gbk.md", "中文".encode("gbk"), "没有用到"),
]


@pytest.mark.parametrize(("path", "content", "words"), FILES, ids=[f"{row[0]}-{row[2]}" for row in FILES])
def test_a_file_that_does_not_belong_is_named(tmp_path, path, content, words):
    report = check(tmp_path, {**package_files(), path: content})
    assert [(problem.path, words in problem.message) for problem in report.problems] == [(path, True)]


def test_a_lesson_in_another_encoding_is_named(tmp_path):
    report = check(tmp_path, {**package_files(), "lessons/01-part.md": "# 第 1 课\n正文".encode("gbk")})
    assert any(problem.path == "lessons/01-part.md" and "UTF-8" in problem.message for problem in report.problems)


def test_links_and_special_files_are_refused_and_never_followed(tmp_path):
    root = write_package(tmp_path / "small-course", package_files())
    secret = tmp_path / "secret.svg"
    secret.write_text(PICTURE)
    (root / "media" / "link.svg").symlink_to(secret)
    (root / "media" / "deep").symlink_to(tmp_path)
    os.mkfifo(root / "media" / "pipe.svg")
    problems = packages.check(root).problems
    named = {problem.path for problem in problems if "不是普通文件" in problem.message}
    assert named == {"media/link.svg", "media/deep", "media/pipe.svg"}
    assert len(problems) == 3


def test_too_many_files_stop_the_check(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "MAX_FILES", 5)
    problems = check(tmp_path, package_files()).problems
    assert any("最多 5 个文件" in problem.message for problem in problems)


def test_captions_belong_to_their_video(tmp_path):
    video = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 16
    text = "![走访示范](../media/visit.mp4)"
    files = {**package_files(words={1: text}), "media/visit.mp4": video, "media/visit.vtt": "WEBVTT\n\n"}
    assert check(tmp_path, files).problems == ()
    lonely = {**package_files(), "media/visit.vtt": "WEBVTT\n\n"}
    [problem] = check(tmp_path / "b", lonely).problems
    assert problem.path == "media/visit.vtt"
