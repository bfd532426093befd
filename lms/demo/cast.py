"""Who plays which part: an officer for each role of the core, and those who award and pay. All are invented."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "Jinli-Lantern-58"  # noqa: S105 - of invented people on a site that only this machine reaches
"""The password of every demonstration account."""


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer's account with one role: that of its username, unless another is named."""

    username: str
    title: str
    name: str
    desk: str
    """The page the officer opens first."""
    granted: str = ""

    @property
    def role(self) -> str:
        return self.granted or self.username


OFFICERS = (
    Officer("trainer", "trainer", "周明远", "/desk/courses"),
    Officer("hr_officer", "HR officer", "林晓棠", "/desk/people"),
    Officer("exam_officer", "exam officer", "何子安", "/desk/exams"),
    Officer("marker", "marker", "罗静怡", "/desk/banks"),
    Officer("auditor", "auditor", "郑海川", "/admin/audit"),
    Officer("operator", "operator", "唐文博", "/admin/settings"),
)
"""One for each role of the core, for the whole city."""
CITY = "hr_officer"
"""The username of the HR officer who decides for the city."""
EMPLOYER = Officer("employer_officer", "employer's HR", "袁清禾", "/desk/approvals", "hr_officer")
STREET = Officer("street_officer", "street officer", "邓雨桐", "/desk/approvals", "hr_officer")
COUNTY = Officer("county_officer", "county officer", "蒋立诚", "/desk/approvals", "hr_officer")
"""HR officers of the walker's employer, street and county: they decide before the city does."""
MONEY = (
    Officer("budgeter", "budget officer", "苏婉清", "/desk/payouts/budgets", "payouts.budgeter"),
    Officer("payer", "payer", "谢承宇", "/desk/payouts", "payouts.payer"),
    Officer("second_payer", "second payer", "温书琪", "/desk/payouts", "payouts.payer"),
)
"""Who funds and who pays, for the whole city."""
PROGRAMMES = Officer("programme_officer", "programme officer", "卢佳怡", "/desk/rounds", "hr_officer")
"""Who runs the rounds for the whole city; another officer of the city decides their result."""
EVERYBODY = (*OFFICERS, EMPLOYER, STREET, COUNTY, *MONEY, PROGRAMMES)


def learner_username(number: int) -> str:
    """The username of the person who walks the `number`-th walk."""
    return f"learner{number}"


def volunteer_username(number: int) -> str:
    """The username of the volunteer who prepares during the `number`-th walk."""
    return f"volunteer{number}"


def neighbour_username(number: int) -> str:
    """The username of the `number`-th of the people around the walk."""
    return f"neighbour{number}"
