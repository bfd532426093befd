"""The empty roster to download: the sheet, how to fill it in, and the units one may write to."""

from __future__ import annotations

from lms.kernel.actor import Actor
from lms.kernel.authority import authority
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.people.roster.job import IMPORT
from lms.people.roster.layout import COLUMNS, MAX_ROWS, SHEET
from lms.people.roster.units import UnitFinder
from lms.people.wording import DOCUMENTS, QUALIFICATIONS
from lms.webkit.spreadsheets import Column, SheetPlan, write_workbook

VALIDATED_ROWS = 5000


def template(actor: Actor) -> bytes:
    """The template for an officer, with the units granted to them."""
    units = UnitFinder.load(frozenset(db.session.scalars(authority().visible_orgs(actor, IMPORT)))).listed()
    return write_workbook(
        [
            SheetPlan(str(SHEET), _columns(), validated_rows=VALIDATED_ROWS),
            SheetPlan(_("填写说明"), [Column(_("列"), 16), Column(_("怎么填"), 90)], _instructions(), wrap=True),
            SheetPlan(_("单位"), [Column(_("编码"), 18), Column(_("完整名称"), 60)], units),
        ]
    )


def _columns() -> list[Column]:
    choices = {
        "id_document": tuple(map(str, DOCUMENTS.values())),
        "qualification": tuple(map(str, QUALIFICATIONS.values())),
    }
    return [
        Column(
            str(column.title), column.width, note=_hints()[column.key], required=column.required,
            choices=choices.get(column.key, ()), date=column.key.endswith(("_on", "_date", "_from", "_until")),
        )
        for column in COLUMNS
    ]  # fmt: skip


def _instructions() -> list[list[str]]:
    hints = _hints()
    general = [
        [
            _("整张表"),
            _("一行一个人，最多 %(limit)s 行。深绿色表头的列必须填写；表头不要改名，列的顺序可以变。", limit=MAX_ROWS),
        ],
        [_("检查"), _("上传后先检查，不会改动任何数据；确认后才写入。同一份文件传两次，不会重复。")],
        [_("已有的人"), _("按证件号码对应。空着的格子不会清除系统里已有的内容。")],
        [_("离职和调动"), _("离职：填写原来的入职日期和离职日期。调到新单位：另传一份新单位的名册。")],
    ]
    return general + [[str(column.title), hints[column.key]] for column in COLUMNS]


def _hints() -> dict[str, str]:
    return {
        "name": _("与证件一致。已有的人姓名不同时会提示，不会改名。"),
        "id_document": _("从下拉列表中选择；空着按居民身份证。"),
        "id_number": _("18 位号码请保持“文本”格式，否则 Excel 会丢掉末几位。"),
        "birth_date": _("居民身份证可以不填；其他证件必须填写，例如 1990-05-20。"),
        "phone": _("11 位手机号码。一个号码只能属于一个人。"),
        "email": _("可以不填。"),
        "unit": _("单位编码、名称或完整路径，例如“武侯区/玉林街道/玉林东路社区”。可用的单位见“单位”工作表。"),
        "post": _("例如：社区工作者。最多 60 个字。"),
        "started_on": _("例如 2024-03-01。"),
        "ended_on": _("在职的人空着。"),
        "qualification": _("国家社会工作者职业资格的级别；没有就空着，后面四列也空着。"),
        "certificate_number": _("证书上的管理号，请保持“文本”格式。"),
        "obtained_on": _("证书上的批准日期，例如 2024-06-15。"),
        "registered_from": _("登记有效期的第一天，可以不填。"),
        "registered_until": _("登记有效期的最后一天，可以不填。"),
    }
