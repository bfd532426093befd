"""The systemd units of deploy/: accepted by systemd, and starting commands that exist."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess

import pytest
from celery.bin.celery import celery
from click.testing import CliRunner

from lms.cli import main
from tests.integration.kernel.support import ROOT

UNITS = sorted([*(ROOT / "deploy").glob("*.service"), *(ROOT / "deploy").glob("*.timer")])


def commands() -> list[str]:
    lines = [line for unit in UNITS for line in unit.read_text().splitlines()]
    return [line.partition("=")[2] for line in lines if re.match(r"ExecStart(Pre)?=", line)]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
def test_systemd_accepts_the_units(tmp_path):
    copies = []
    for unit in UNITS:
        copies.append(tmp_path / unit.name.replace("@.", "@1."))  # one of a template
        text = unit.read_text().replace("=/srv/academy\n", "=/\n")
        copies[-1].write_text(re.sub(r"=/srv/academy/\S+", "=/bin/true", text))  # the programs are not on this machine
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *copies], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", commands())
def test_a_units_command_exists_with_its_options(command):
    program, *arguments = shlex.split(command)
    if program == "/srv/academy/.venv/bin/lms":
        assert CliRunner().invoke(main, [*arguments, "--help"]).exit_code == 0
    elif program == "/srv/academy/.venv/bin/celery":
        assert arguments[:2] == ["-A", "lms.celery_app"]
        assert CliRunner().invoke(celery, [*arguments[2:], "--help"]).exit_code == 0
    else:
        assert os.access(program.replace("/srv/academy", str(ROOT)), os.X_OK)


def test_an_option_that_does_not_exist_would_be_noticed():
    assert CliRunner().invoke(main, ["serve", "--bogus", "--help"]).exit_code == 2
    assert CliRunner().invoke(celery, ["worker", "--bogus", "--help"]).exit_code == 2
