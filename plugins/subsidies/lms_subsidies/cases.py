"""The kind of approval case that claims are: its chain until the city saves one of its own, the proofs it asks for."""

from __future__ import annotations

from lms.plugin_api.registering import CaseKind, ChainPlan, ChainStep, Level, ProofKind
from lms.plugin_api.texts import lazy_gettext as _l
from lms.plugin_api.texts import zh
from lms_subsidies.service.common import KIND

CHAIN = ChainPlan(
    steps=(
        ChainStep(
            zh("街道初审", "Street review"),
            Level.STREET,
            5,
            instructions=zh("核对任职、社保和本人声明。", "Check employment, insurance and declarations."),
        ),
        ChainStep(
            zh("区县复审", "County review"),
            Level.COUNTY,
            5,
            instructions=zh("核对证书和奖励标准。", "Check the certificate and the amount."),
        ),
        ChainStep(zh("市级备案", "City filing"), Level.CITY, 3),
    ),
    notice_days=5,
    illustrative=True,
)
"""Until the city saves one: 街镇初审 > 区县复审 > 市级备案, then 5 working days of notice (天津宁河 2024)."""

CASE_KIND = CaseKind(
    key=KIND,
    title=_l("持证奖励申领"),
    chain=CHAIN,
    proofs=(
        ProofKind("insurance", _l("社保缴费证明"), hint=_l("天府市民云等处下载的缴费记录。")),
        ProofKind("certificate", _l("国家职业资格证书"), required=False, hint=_l("申领国家职业资格奖励时上传。")),
        ProofKind("bank_card", _l("银行卡正面照片"), required=False, hint=_l("便于核对账号。")),
    ),
    view_endpoint="subsidies.desk_claim",
    correct_endpoint="subsidies.correct",
)
