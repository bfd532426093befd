"""Codes of faults in plain words: what is wrong, and where it helps what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import listed
from lms.people.dto import Order, Registration
from lms.people.models import IdDocument, ImportState, QualificationKind
from lms.people.roster.layout import COLUMN
from lms.people.sealed import Fact

_PLACES = re.compile(r"%\(\w+\)s")

FAULTS: Mapping[str, Any] = {
    "required": _l("必须填写"),
    "too_long": _l("太长，最多 %(limit)s 个字"),
    "number_rounded": _l("Excel 把长号码当成数字，末几位已丢失。请把这一列设为“文本”格式，再重新输入完整号码"),
    "name_characters": _l("姓名应为两个字以上，只能有文字和间隔号“·”"),
    "id_number_length": _l("身份证号码应为 18 位，这里是 %(count)s 位"),
    "id_number_old": _l("这是旧的 15 位号码，请填 18 位公民身份号码"),
    "id_number_characters": _l("前 17 位应为数字，最后一位是数字或 X"),
    "id_number_region": _l("前两位不是任何省级行政区的代码，请核对"),
    "id_number_birth_impossible": _l("号码里的出生日期 %(written)s 不存在，请核对"),
    "id_number_birth_future": _l("号码里的出生日期 %(written)s 在今天之后，请核对"),
    "id_number_checksum": _l("校验码不符，可能抄错了一位，请对照证件核对"),
    "document_unknown": _l("不认识的证件类型“%(written)s”，请从模板的下拉列表中选择"),
    "document_number_form": _l("号码与这种证件的格式不符，请对照证件核对"),
    "birth_date_differs": _l("与身份证号码里的出生日期不同"),
    "phone_form": _l("应为 11 位手机号码"),
    "email_form": _l("不是正确的邮箱地址"),
    "bank_account_form": _l("应为 16 至 19 位银行卡号"),
    "bank_account_checksum": _l("校验码不符，可能抄错了一位，请对照银行卡核对"),
    "certificate_number_form": _l("管理号应为 6 至 40 位字母或数字"),
    "date_form": _l("看不懂的日期，请写成 2026-03-01 这样"),
    "date_impossible": _l("没有这一天，请核对"),
    "date_future": _l("日期在今天之后"),
    "date_too_far": _l("日期在一年以后，请核对"),
    "started_before_birth": _l("早于出生日期"),
    "ended_before_started": _l("早于入职日期"),
    "registration_reversed": _l("早于登记开始日期"),
    "qualification_unknown": _l("不认识的职业资格“%(written)s”，请从模板的下拉列表中选择"),
    "qualification_missing": _l("填了证书信息，却没有填职业资格"),
    "required_with_qualification": _l("填了职业资格，这一项也要填"),
    "unit_unknown": _l("找不到单位“%(written)s”，请填写编码、名称或完整路径"),
    "unit_ambiguous": _l("有 %(count)s 个单位都叫“%(written)s”，请填写编码或带上级的完整路径"),
    "unit_outside": _l("这个单位不在本次导入的范围内"),
    "unit_outside_now": _l("您对这个单位的授权已变，不能写入"),
    "unit_closed": _l("这个单位已停用"),
    "twice_in_file": _l("与第 %(row)s 行相同"),
    "name_differs": _l("系统里这个证件号码登记的是另一个姓名，请核对"),
    "person_merged": _l("这个号码的档案已并入另一份档案，请用现在的证件号码"),
    "id_number_taken": _l("这个证件号码已登记在另一个人名下"),
    "phone_taken": _l("这个手机号码已由另一个人使用"),
    "certificate_taken": _l("这个管理号已登记在另一个人或另一级资格名下"),
    "employment_ended": _l("系统里这段任职已经结束；如要重新任职，请填新的入职日期"),
}

REFUSALS: Mapping[str, Any] = {
    "unreadable_sheet": _l("表格读不出来：文件已损坏，或展开后太大。请把数据复制到模板里再上传。"),
    "header_missing": _l("前 10 行里没有找到表头。请使用模板的表头，不要合并表头单元格。"),
    "columns_missing": _l("缺少必需的列：%(columns)s。请使用模板的表头。"),
    "columns_doubled": _l("有重复的列：%(columns)s。每一列只能出现一次。"),
    "too_many_rows": _l("超过 %(limit)s 行，请分成几份上传。"),
    "no_rows": _l("表头下面没有数据。"),
    "changed_since_check": _l("检查之后系统里的数据有了变化，出现新的问题，所以什么都没有写入。请看下面的问题。"),
}

STATES: Mapping[ImportState, tuple[Any, str]] = {
    ImportState.CHECKING: (_l("检查中"), "blue"),
    ImportState.CHECKED: (_l("待写入"), "amber"),
    ImportState.APPLYING: (_l("写入中"), "blue"),
    ImportState.APPLIED: (_l("已写入"), "green"),
    ImportState.FAILED: (_l("读取失败"), "rose"),
    ImportState.CANCELLED: (_l("已取消"), "grey"),
}

DOCUMENTS: Mapping[IdDocument, Any] = {
    IdDocument.RESIDENT: _l("居民身份证"),
    IdDocument.HK_MACAO_PERMIT: _l("港澳居民来往内地通行证"),
    IdDocument.TAIWAN_PERMIT: _l("台湾居民来往大陆通行证"),
    IdDocument.FOREIGN_PERMANENT: _l("外国人永久居留身份证"),
    IdDocument.PASSPORT: _l("护照"),
}

QUALIFICATIONS: Mapping[QualificationKind, Any] = {
    QualificationKind.ASSISTANT: _l("助理社会工作师"),
    QualificationKind.INTERMEDIATE: _l("社会工作师"),
    QualificationKind.SENIOR: _l("高级社会工作师"),
}

FACTS: Mapping[Fact, Any] = {
    Fact.ID_NUMBER: _l("证件号码"),
    Fact.PHONE: _l("手机号码"),
    Fact.BANK_ACCOUNT: _l("银行卡号"),
}

REGISTRATIONS: Mapping[Registration, Any] = {
    Registration.SOON: _l("90 天内到期"),
    Registration.LAPSED: _l("已过期"),
    Registration.MISSING: _l("没有登记"),
}

ORDERS: Mapping[Order, Any] = {
    Order.NAME: _l("姓名"),
    Order.NEWEST: _l("最近登记的在前"),
    Order.EXPIRY: _l("先到期的在前"),
}


def say(code: str, params: Mapping[str, Any]) -> str:
    """A fault in the reader's language."""
    return str(FAULTS[code]) % params


def plain_fault(code: str) -> str:
    """A kind of fault without its particulars, for filters."""
    return _PLACES.sub("…", str(FAULTS[code]))


def refusal(code: str, params: Mapping[str, Any]) -> str:
    """Why a whole roster was not read or not written, in the reader's language."""
    shown = dict(params)
    if "columns" in shown:
        shown["columns"] = listed(COLUMN[key].title for key in shown["columns"])
    return str(REFUSALS[code]) % shown
