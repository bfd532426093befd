"""Steps and what is shown of them."""

from __future__ import annotations

import io

import pytest

from lms.demo import steps
from lms.demo.steps import Display, Step, StepFailed, run, wait_for
from lms.kernel.errors import LmsError, NotFound


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_each_step_is_a_line_with_number_time_and_outcome_when_all_goes_well():
    out, seen = io.StringIO(), []
    todo = [Step("First", lambda scene: seen.append(scene) or "done"), Step("Second", lambda _scene: "all 3")]
    run(todo, "scene", Display(2, out))
    first, second = out.getvalue().splitlines()
    assert first.startswith("[ 1/2] First ")
    assert first.endswith(" s  done")
    assert second.startswith("[ 2/2] Second ")
    assert second.endswith(" s  all 3")
    assert seen == ["scene"]


def test_the_rest_is_left_and_the_step_named_when_one_fails():
    def fail(_scene):
        raise NotFound("No such page.", why="It moved.", todo="Look elsewhere.")

    out, seen = io.StringIO(), []
    todo = [Step("  walks", fail), Step("Never", lambda _scene: seen.append(1) or "")]
    with pytest.raises(StepFailed) as failed:
        run(todo, None, Display(2, out))
    assert str(failed.value) == "Step 1 of 2, “walks”, failed: No such page. It moved. Look elsewhere."
    assert out.getvalue().endswith("\n")
    assert not seen


def test_a_fault_of_ours_is_told_with_its_kind_when_it_breaks_a_step():
    def fault(_scene):
        raise KeyError("salary")

    with pytest.raises(StepFailed, match="KeyError: 'salary'"):
        run([Step("One", fault)], None, Display(1, io.StringIO()))


def test_progress_is_written_over_when_it_is_shown_on_a_terminal_and_left_out_in_a_file():
    terminal, file = Terminal(), io.StringIO()
    for out in (terminal, file):
        display = Display(1, out)
        run([Step("One", lambda _scene, display=display: display.note("40 of 80") or "80")], None, display)
    assert "\r\x1b[K" in terminal.getvalue()
    assert "40 of 80" in terminal.getvalue()
    assert "40 of 80" not in file.getvalue()


def test_waiting_ends_when_the_condition_comes_true_and_names_it_when_it_does_not(monkeypatch):
    monkeypatch.setattr(steps.time, "sleep", lambda _seconds: None)
    answers = iter([None, [], ["the page"]])
    assert wait_for(lambda: next(answers), "the roster") == ["the page"]
    with pytest.raises(LmsError, match="the PDF"):
        wait_for(lambda: False, "the PDF", seconds=0)
