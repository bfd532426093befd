"""`course.yml` against its JSON Schema, each fault in words and with its line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator, ValidationError

from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import listed
from lms.learning.packages.yamldoc import YamlDocument
from lms.questions.dto import Problem

_FILE = Path(__file__).parents[1] / "schema" / "course.schema.json"


def schema_text() -> str:
    """The published JSON Schema."""
    return _FILE.read_text(encoding="utf-8")


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema_text()))


def problems(document: YamlDocument, path: str) -> Iterator[Problem]:
    """What the schema does not allow, in the order of the file."""
    found = [problem for error in _validator().iter_errors(document.data) for problem in _named(error, document, path)]
    yield from sorted(found, key=lambda problem: problem.line)


def _named(error: ValidationError, document: YamlDocument, path: str) -> Iterator[Problem]:
    """The problem with its place; each unknown name has a line of its own."""
    place = tuple(error.absolute_path)
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    where += _("：") if where else ""
    if error.validator == "additionalProperties":
        schema, value = cast("Mapping[str, Any]", error.schema), cast("Mapping[str, Any]", error.instance)
        for name in sorted(set(value) - set(schema["properties"])):
            yield Problem(path, document.line(*place, name), where + _("没有“%(name)s”这个项目。", name=name))
    else:
        yield Problem(path, document.line(*place), where + _reason(error))


def _reason(error: ValidationError) -> str:
    """The reason in words; `limit` is what the schema says, `value` what the author wrote."""
    rule, limit, value = str(error.validator), cast("Any", error.validator_value), cast("Any", error.instance)
    schema = cast("Mapping[str, Any]", error.schema)
    reasons: dict[str, Callable[[], str]] = {
        "required": lambda: _("缺少 %(names)s。", names=listed(name for name in limit if name not in value)),
        "type": lambda: _type_reason(str(limit), value),
        "enum": lambda: _("只能是 %(choices)s 之一。", choices=listed(limit)),
        "const": lambda: _("只能是 %(value)s。", value=limit),
        "multipleOf": lambda: _("应是 %(number)s 的倍数。", number=limit),
        "uniqueItems": lambda: _("列表里有重复。"),
        "pattern": lambda: _("写法不对：%(value)s。%(help)s", value=value, help=schema.get("description", "")),
        "minimum": lambda: _("不能小于 %(limit)s。", limit=limit),
        "maximum": lambda: _("不能大于 %(limit)s。", limit=limit),
        "minItems": lambda: _("至少要有 %(limit)s 项。", limit=limit),
        "maxItems": lambda: _("最多 %(limit)s 项。", limit=limit),
        "minLength": lambda: _("不能为空。"),
        "maxLength": lambda: _("最多 %(limit)s 个字。", limit=limit),
    }
    return reasons[rule]() if rule in reasons else _("不符合规则 %(rule)s。", rule=rule)


def _type_reason(wanted: str, value: object) -> str:
    if wanted == "string" and isinstance(value, (int, float)):
        return _('应是文字，请加引号，例如 "%(value)s"。', value=value)
    names = {
        "string": _("文字"),
        "integer": _("整数"),
        "boolean": _("true 或 false"),
        "array": _("列表"),
        "object": _("一组名称和值"),
    }
    return _("应是%(kind)s。", kind=names.get(wanted, wanted))
