"""`lms demo` as somebody trying the product out meets it: real processes, a free port, a folder of its own."""

from __future__ import annotations

import re
import signal
import socket
import time
import urllib.request
from pathlib import Path

import pytest

from lms.demo.browser import Browser
from lms.demo.cast import PASSWORD
from lms.testing.factories.rosters import make_roster, roster_row
from lms.testing.processes import child_processes, children, is_alive, wait_until
from lms.testing.servers import free_port

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
PATIENCE = 240


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "demo"


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def demo(tmp_path, folder, port):
    """Start a demonstration with a small roster: `demo(...)` gives the process, `demo.output(process)` what it wrote."""
    with child_processes(
        tmp_path, PYTHONPATH=str(ROOT), LMS_DATABASE_URL="sqlite:////nowhere/a-real-city"
    ) as processes:

        def start(*options):
            common = ("--data", str(folder), "--port", str(port), "--courses", str(ROOT / "courses"), "--people", "40")
            return processes.lms("demo", *common, *options)

        start.output, start.lms = processes.output, processes.lms
        yield start


def printed(output, name):
    """A fact of the report."""
    return re.search(rf"^  {name} +(.+)$", output, re.MULTILINE)[1]


def line_of(output, title):
    """What came of a step."""
    return re.search(rf"\] +{title} +[\d.]+ s  (.+)$", output, re.MULTILINE)[1]


def public_page(address):
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.read().decode()


def nobody_listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def opens_with_a_code(demo, folder, site, username, place):
    """Sign in with the printed account and a code from `lms demo codes`, and open a page."""
    asked = demo.lms("demo", "codes", "--data", str(folder), username)
    assert asked.wait(60) == 0
    digits, early = re.search(r"(\d{6})  for \d+ s(?:, usable in (\d+) s)?", demo.output(asked)).groups()
    usable_at = time.time() + int(early or 0) + 1 if early else 0
    wait_until(lambda: time.time() > usable_at)
    browser = Browser(site)
    factor = browser.submit(browser.get("/sign-in").form(), {"login": username, "password": PASSWORD})
    browser.submit(factor.form(), {"code": digits})
    return browser.get(place).path == place


def family(process):
    """The server of a demonstration with all that it started."""
    [server] = [pid for pid, command in children(process.pid).items() if "serve" in command]
    return [server, *children(server)]


def went_on_after_the_award(output):
    """What was walked besides the certificate and the money."""
    assert line_of(output, "The trainer opens a subject to practise") == "初级考前练习"
    assert line_of(output, "  practises free, each answer explained").endswith("30 explanations")
    assert printed(output, "preparation").startswith("准备到")
    assert "30 explanations; 准备到" in line_of(output, "  practises, and sees how ready they are")
    assert line_of(output, "The worker learned in earlier years").endswith("40 hours each")
    assert line_of(output, "The worker sees what is missing in them").startswith("继续教育还差 9 小时")
    assert re.fullmatch(r"SQ\d+, 12 小时.*", line_of(output, "  claims this year's training outside"))
    assert line_of(output, "The worker sees three years of hours, met").endswith("12 小时 全部计入。")
    assert line_of(output, "  asks to be registered again").endswith("再登记")
    assert line_of(output, "  the city registers") == printed(output, "registration")
    assert line_of(output, "The worker sees the next three years") == "0 小时 / 90 小时, 还没开始"
    assert line_of(output, "  three members score by themselves") == "90, 80, 84"
    assert printed(output, "appointment").startswith("督导助理, ")
    assert "级督导 还差" in line_of(output, "  and what the ladder asks for next")
    assert line_of(output, "  who was admitted gets a seat in it") == "您已被录取"
    assert line_of(output, "The worker checks in with the code shown").endswith("您已签到")
    assert line_of(output, "  two mark it, neither sees the other's") == "86 分 合格"
    assert line_of(output, "HR ends the class, confirms who graduates") == "结业"
    assert re.search(r", \+\d+ (小时|分钟)", printed(output, "senior class"))
    assert printed(output, "senior class").partition(",")[0] in line_of(output, "  and stands on the list of alumni")


def test_the_whole_job_is_walked_and_doubles_nothing_when_it_is_run_twice(demo, folder, port):
    first = demo("--no-serve")
    assert first.wait(PATIENCE) == 0, demo.output(first)
    before = demo.output(first)
    assert line_of(before, "HR imports the roster").startswith("40 new")
    assert nobody_listens(port)

    second = demo()
    wait_until(lambda: f"Serving on http://127.0.0.1:{port}" in demo.output(second), PATIENCE)
    after = demo.output(second)
    assert line_of(after, "HR imports the roster") == "no change: all 40 people are there already"
    assert line_of(after, "Others study, sit exams, get certificates").endswith("0 new certificates")
    assert printed(before, "community worker") != printed(after, "community worker")
    for output in (before, after):
        number = printed(output, "certificate")
        page = public_page(printed(output, "verification"))
        assert number in page
        assert printed(output, "community worker").partition(",")[0] in page
        pdf = Path(printed(output, "PDF"))
        assert pdf == folder / "certificates" / f"{number}.pdf"
        assert pdf.read_bytes().startswith(b"%PDF-")
        assert printed(output, "award").startswith("500 元")
        assert line_of(output, "Those who decide and pay sign in").endswith("6 officers, each with a one-time code")
        assert line_of(output, " and writes the bank's result").startswith("成功 2 笔")
        assert line_of(output, "The worker sees the award paid") == "已到账"
        assert "answered 404; now the claim is there again" in output
        went_on_after_the_award(output)
    assert printed(before, "certificate") != printed(after, "certificate")
    assert printed(before, "award") != printed(after, "award")
    assert all(role in after for role in ("trainer", "hr_officer", "exam_officer", "marker", "auditor", "operator"))

    assert opens_with_a_code(demo, folder, f"http://127.0.0.1:{port}", "hr_officer", "/desk/people")
    started = family(second)
    second.send_signal(signal.SIGTERM)
    assert second.wait(60) == 0
    assert not any(is_alive(pid) for pid in started)


def test_the_step_is_named_and_no_process_left_when_one_fails(demo, folder, port):
    folder.mkdir()
    faulty = roster_row(1, "玉林东路社区", id_number="510107199001010011")
    (folder / "roster-40.xlsx").write_bytes(make_roster([faulty]))
    process = demo()
    wait_until(lambda: "Officers sign in" in demo.output(process), PATIENCE)
    started = family(process)
    assert process.wait(PATIENCE) == 1
    output = demo.output(process)
    assert "“HR imports the roster”, failed: 1 rows of" in output
    assert str(folder / "server.log") in output
    assert "Traceback" not in output
    assert not any(is_alive(pid) for pid in started)
    assert nobody_listens(port)


def test_no_process_is_left_when_the_demonstration_is_killed(demo, port):
    process = demo()
    wait_until(lambda: "Officers sign in" in demo.output(process), PATIENCE)
    started = family(process)
    process.kill()
    wait_until(lambda: not any(is_alive(pid) for pid in started))
    assert nobody_listens(port)


def test_nothing_is_begun_and_the_way_out_told_when_the_port_is_taken(demo, folder, port):
    with socket.create_server(("127.0.0.1", port)):
        process = demo()
        assert process.wait(60) == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in demo.output(process)
    assert "choose another port" in demo.output(process)
    assert not folder.exists()
