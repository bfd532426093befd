"""The officers' authenticator: a code is given out once."""

from __future__ import annotations

import datetime as dt
import stat

import pytest

from lms.access.rules import matching_step
from lms.demo.notebook import FILE, Notebook
from lms.kernel import clock
from lms.kernel.errors import NotFound

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
MOMENT = dt.datetime(2026, 11, 23, 8, 0, 5, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _stopped():
    with clock.frozen(MOMENT):
        yield


def test_the_site_takes_every_code_once_when_several_are_asked_for(tmp_path):
    notebook = Notebook.open(tmp_path)
    codes = [notebook.set_up("trainer", SECRET), *(notebook.code("trainer") for _again in range(3))]
    used = 0
    for code in codes:
        at = max(MOMENT.timestamp(), code.usable_from)
        assert at < code.usable_until
        step = matching_step(SECRET, code.digits, at, used)
        assert step is not None
        used = step


def test_the_second_code_can_be_used_at_once_when_the_first_has_just_been(tmp_path):
    notebook = Notebook.open(tmp_path)
    notebook.set_up("trainer", SECRET)
    assert notebook.code("trainer").usable_from <= MOMENT.timestamp()
    assert notebook.code("trainer").usable_from > MOMENT.timestamp()


def test_it_remembers_when_it_is_opened_again(tmp_path):
    first = Notebook.open(tmp_path)
    first.begin_walk()
    given = first.set_up("trainer", SECRET)
    again = Notebook.open(tmp_path)
    assert again.begin_walk() == 2
    assert again.code("trainer").digits != given.digits


def test_nobody_else_may_read_it_when_it_is_written(tmp_path):
    Notebook.open(tmp_path).set_up("trainer", SECRET)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_an_officer_without_authenticator_is_named_when_a_code_is_asked_for(tmp_path):
    with pytest.raises(NotFound, match="marker"):
        Notebook.open(tmp_path).code("marker")
