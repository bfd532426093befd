"""Lists as spreadsheets: amounts in 元 as numbers, no account but its last four digits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lms.plugin_api.texts import gettext as _
from lms.plugin_api.views import Cell, Column, SheetPlan, write_workbook
from lms.plugin_api.work import clock
from lms_payouts.api import claim_words
from lms_tuition import wording
from lms_tuition.dto import ClaimLine, StudyLine


def claims_workbook(lines: Iterable[ClaimLine]) -> bytes:
    """One line per claim."""
    columns = (
        Column(_("姓名")),
        Column(_("单位"), 30),
        Column(_("学历层次")),
        Column(_("学校"), 24),
        Column(_("哪一学期"), 20),
        Column(_("申请编号"), 16),
        Column(_("可报销费用（元）"), decimals=2),
        Column(_("报销金额（元）"), decimals=2),
        Column(_("状态")),
        Column(_("待核对票据"), decimals=0),
        Column(_("提交日期")),
        Column(_("到账日期")),
        Column(_("服务期到")),
        Column(_("账号后四位")),
    )
    return write_workbook([SheetPlan(_("学费报销"), columns, _claim_rows(lines))])


def studies_workbook(lines: Iterable[StudyLine]) -> bytes:
    """One line per study."""
    columns = (
        Column(_("姓名")),
        Column(_("单位"), 30),
        Column(_("学历层次")),
        Column(_("学校"), 24),
        Column(_("专业"), 24),
        Column(_("入学日期")),
        Column(_("预计毕业日期")),
        Column(_("申请编号"), 16),
        Column(_("状态")),
        Column(_("签协议日期")),
        Column(_("毕业日期")),
        Column(_("已报销（元）"), decimals=2),
        Column(_("服务期到")),
        Column(_("最后工作日")),
    )
    return write_workbook([SheetPlan(_("学历进修"), columns, _study_rows(lines))])


def _claim_rows(lines: Iterable[ClaimLine]) -> Iterator[Sequence[Cell]]:
    for line in lines:
        claim = line.claim
        yield (
            line.name,
            line.unit,
            wording.level(line.study.level),
            line.study.school,
            claim.term,
            claim.case_number,
            claim.claimed_fen / 100,
            claim.amount_fen / 100,
            str(claim_words.STATES[claim.state]),
            line.unchecked,
            clock.local_date(claim.claimed_at).isoformat(),
            claim.paid_on.isoformat() if claim.paid_on else "",
            claim.serves_until.isoformat() if claim.serves_until else "",
            claim.account_tail,
        )


def _study_rows(lines: Iterable[StudyLine]) -> Iterator[Sequence[Cell]]:
    for line in lines:
        study = line.study
        yield (
            line.name,
            line.unit,
            wording.level(study.level),
            study.school,
            study.major,
            study.starts_on.isoformat(),
            study.ends_on.isoformat(),
            study.case_number,
            str(wording.STUDY_STATES[study.state]),
            clock.local_date(line.signed_at).isoformat() if line.signed_at else "",
            study.graduated_on.isoformat() if study.graduated_on else "",
            line.paid_fen / 100,
            line.serves_until.isoformat() if line.serves_until else "",
            study.left_on.isoformat() if study.left_on else "",
        )
