"""One small offer for each extension point. `BROKEN` names functions that raise, `NONSENSE` those that answer nonsense."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from urllib.parse import urlencode

from lms.plugin_api import Manifest, hookimpl
from lms.plugin_api.errors import Invalid
from lms.plugin_api.registering import (
    CreditRule,
    ExternalIdentity,
    Finding,
    ImportFormat,
    LoginProvider,
    MessageKind,
    Notifier,
    ParsedFile,
    ParsedItem,
    Problem,
    QuestionType,
    RequirementType,
)
from lms.plugin_api.services import services
from lms.plugin_api.texts import zh

MANIFEST = Manifest(name="probe", version="1.0.0", api=">=1.0,<2", title="试点")
BROKEN: set[str] = set()
NONSENSE: dict[str, object] = {}
POSTED: list[object] = []
"""Letters that went out by the plugin's channel."""
GATE = threading.Event()
"""What dawdles goes on when it opens."""


def behave(function: str, answer: object) -> object:
    if function in BROKEN:
        raise ZeroDivisionError(f"{function} has a bug")
    return NONSENSE.get(function, answer)


def dawdle(word: str) -> None:
    """Take longer than any page waits, while asked to."""
    if word in BROKEN:
        GATE.wait(60)


def judged(key: frozenset[int], chosen: frozenset[int]) -> int:
    """One mark when right, nothing when wrong."""
    return behave("judged", 2 if chosen == key else 0)


def halved(draft):
    """Half of the minutes of a public course."""
    if draft.category != "public":
        return draft
    reason = zh("公需科目按一半计算。", "Public subjects count half.")
    return behave("halved", draft.counted(draft.minutes // 2, reason))


def initial_is(person_ids, params, on):
    """Whether a person's name begins with a character."""
    del on
    names = services().people.names(person_ids)
    dawdle("slow")
    found = {
        person: Finding(name.startswith(params["initial"]), f"姓{name[:1]}，要求姓{params['initial']}。")
        for person, name in names.items()
    }
    return behave("initial_is", found)


def phones(person_ids):
    """Where text messages go."""
    return behave("phones", services().people.phones(person_ids))


@contextmanager
def gateway():
    """The way text messages take."""
    behave("gateway", None)

    def post(letter):
        dawdle("hangs")
        POSTED.append(behave("posted", letter))

    yield post


@hookimpl
def lms_register_notifiers():
    return [Notifier("probe.text", "短信", phones, gateway)]


def depart(departure):
    """To the login of a made-up office."""
    dawdle("slow")
    query = urlencode({"redirect_uri": departure.return_to, "state": departure.state})
    return behave("depart", f"https://login.example.org/authorize?{query}")


def arrive(back):
    """Who came back: the office's answer is `code=<subject>`."""
    if back.params.get("error"):
        raise Invalid("您在政务登录页上取消了登录。")
    dawdle("slow")
    return behave("arrive", ExternalIdentity(back.params["code"], "王*"))


@hookimpl
def lms_register_login_providers():
    return [LoginProvider("probe.office", "政务登录", depart, arrive)]


def read_lines(content, name, types):
    """One item a line: number, stem, the options with a star before the right one, syllabus point."""
    del types
    dawdle("slow")
    found = ParsedFile([], [])
    for number, line in enumerate(content.decode().splitlines(), 1):
        ref, *parts = line.split("|")
        if len(parts) < 4:
            found.problems.append(Problem(name, number, "这一行的竖线太少。"))
            continue
        stem, *options, point = parts
        key = tuple(at for at, text in enumerate(options) if text.startswith("*"))
        texts = tuple(text.removeprefix("*") for text in options)
        found.items.append(ParsedItem(ref, "single", stem, texts, key, points=(point,), line=number))
    return behave("read_lines", found)


def write_lines(rows, types):
    """The same back."""
    del types
    items = [row.item for row in rows if row.item.kind == "single"]
    return behave("write_lines", "".join(f"{_line(item)}\n" for item in items).encode())


def _line(item):
    options = [f"*{text}" if at in item.key else text for at, text in enumerate(item.options)]
    return "|".join([item.ref, item.stem, *options, *item.points[:1]])


@hookimpl
def lms_register_import_formats():
    return [ImportFormat("probe.lines", "竖线文本", (".lines", ".txt"), read_lines, write_lines, "text/plain")]


@hookimpl
def lms_register_messages():
    return [MessageKind("probe.hello", "%(name)s，您好", "这是试点发来的。")]


@hookimpl
def lms_register_question_types():
    return [
        QuestionType(
            "probe.judge",
            "判断题",
            half_points=2,
            options=(2, 2),
            right=(1, 1),
            several=False,
            score=judged,
            hint="判断对错。",
        )
    ]


@hookimpl
def lms_register_credit_rules():
    return [CreditRule("probe.half", "公需科目减半", 50, halved)]


@hookimpl
def lms_register_requirement_types():
    schema = {
        "type": "object",
        "required": ["initial"],
        "properties": {"initial": {"type": "string", "minLength": 1, "maxLength": 1}},
    }
    return [RequirementType("probe.initial", "姓氏", schema, initial_is)]
