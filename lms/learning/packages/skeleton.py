"""A new, complete, tiny package to start from."""

from __future__ import annotations

import re
from pathlib import Path

from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

_COURSE = """\
format: 1
id: {slug}
version: "0.1"
title: {{zh_CN: 新课程, en: New course}}
summary: {{zh_CN: 学完后，能做什么。, en: What the learner can do afterwards.}}
audience: {{zh_CN: 给谁学。, en: Who it is for.}}
category: professional             # professional 专业科目 | public 公需科目
tier: foundation                   # foundation | assistant | intermediate | senior | supervisor | management
open_to_public: false
credit_minutes: 45                 # 45 的倍数，与各课时间之和相差小于 45；0 表示不记学时
syllabus:
  id: {slug}-syllabus
  title: {{zh_CN: 课程大纲, en: Syllabus}}
  version: "1"
  illustrative: true               # 主管部门没有正式发布的大纲写 true
  points:
    - {{code: "1", title: {{zh_CN: 第一部分, en: Part one}}}}
    - {{code: "1.1", title: {{zh_CN: 第一个要点, en: First point}}}}
modules:
  - title: {{zh_CN: 第一单元, en: Module one}}
    lessons:
      - file: lessons/01-start.md
        title: {{zh_CN: 第一课, en: Lesson one}}
        minutes: 45
        minimum_minutes: 15
        points: ["1.1"]
        check: checks/01.gift
banks: []
completion: {{lessons: all, checks: all}}
sources:
  - {{title: 依据的文件名称, issuer: 发布机关, date: "2026"}}
"""

_LESSON = """\
# 第一课

> **提示** 用引用加粗开头的一段，会显示成提示框。

正文从这里开始。段落之间空一行。

![一张示意图：从左到右三步](../media/steps.svg)

## 本节要点

- 每课以三到五条要点结束。

## 依据

- 《依据的文件名称》
"""

_CHECK = """\
// [id:{slug}-c01-1] [tag:point:1.1] [tag:difficulty:1]
::{slug}-c01-1::这是一道单项选择题，正确选项以等号开头。（　　）{{
~干扰项甲
=正确选项
~干扰项乙
~干扰项丙
####解析：写明为什么对，其余为什么不对，以及依据。
}}
"""

_PICTURE = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 80" role="img" aria-labelledby="t d">
  <title id="t">三步</title>
  <desc id="d">从左到右依次是第一步、第二步、第三步。</desc>
  <g fill="#e4f1eb" stroke="#0b6e4f" stroke-width="2">
    <rect x="6" y="16" width="104" height="48" rx="8"/>
    <rect x="128" y="16" width="104" height="48" rx="8"/>
    <rect x="250" y="16" width="104" height="48" rx="8"/>
  </g>
  <g font-size="16" fill="#0b6e4f" text-anchor="middle">
    <text x="58" y="46">第一步</text><text x="180" y="46">第二步</text><text x="302" y="46">第三步</text>
  </g>
</svg>
"""


def draw_up(folder: Path) -> None:
    """Write a package that passes the check into a new folder. Raises `Conflict` when something is there already."""
    slug = folder.name
    if not _SLUG.fullmatch(slug):
        raise Invalid(_("文件夹名“%(name)s”不能作课程标识。", name=slug), todo=_("请用小写字母、数字和连字符。"))
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(_("文件夹“%(folder)s”里已有内容，没有改动。", folder=folder))
    texts = {
        "course.yml": _COURSE.format(slug=slug),
        "lessons/01-start.md": _LESSON,
        "checks/01.gift": _CHECK.format(slug=slug),
        "media/steps.svg": _PICTURE,
    }
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
