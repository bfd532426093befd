from __future__ import annotations

import json
import logging

import pytest
import structlog

from lms.config import ConfigError
from lms.kernel import audit, log


@pytest.fixture
def written(capsys):
    """Configure for JSON and hand over the lines written since."""
    log.configure("INFO")
    capsys.readouterr()
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_json_with_level_name_moment_and_the_requests_reference(written):
    token = audit.request_id.set("A1B2C3D4E5")
    structlog.get_logger("lms.people").info("行已导入", rows=3)
    audit.request_id.reset(token)
    [line] = written()
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "行已导入", "rows": 3, "level": "info", "logger": "lms.people", "request_id": "A1B2C3D4E5"}


def test_lines_of_other_libraries_look_the_same_from_warning_on(written):
    logging.getLogger("somebody").info("chatter")
    logging.getLogger("somebody").warning("lost %s", "it")
    [line] = written()
    assert (line["event"], line["level"], line["logger"]) == ("lost it", "warning", "somebody")
    assert "request_id" not in line


def test_a_traceback_is_kept_without_local_variables(written):
    identity = "5101" + "07199001011234"
    try:
        int("x" if identity else "")
    except ValueError:
        structlog.get_logger("lms.people").exception("failed")
    [line] = written()
    assert "ValueError" in line["exception"]
    assert identity not in json.dumps(line)


def test_setting_up_twice_writes_each_line_once_and_the_level_counts(written):
    log.configure("warning")
    structlog.get_logger("lms.people").info("too little")
    structlog.get_logger("lms.people").warning("enough")
    assert [line["event"] for line in written()] == ["enough"]


def test_people_at_a_terminal_get_text(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    log.configure("INFO")
    structlog.get_logger("lms.people").info("行已导入", rows=3)
    text = capsys.readouterr().err
    assert "行已导入" in text
    assert not text.startswith("{")


def test_an_unknown_level_is_refused_by_name():
    with pytest.raises(ConfigError, match="LMS_LOG_LEVEL"):
        log.configure("LOUD")
