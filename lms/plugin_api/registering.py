"""What register hooks give: the descriptions that core rooms use themselves."""

from __future__ import annotations

from lms.access.providers import ExternalIdentity, LoginDeparture, LoginProvider, LoginReturn
from lms.access.roles import Role
from lms.approvals.chain import ChainPlan, ChainStep
from lms.approvals.kinds import CaseKind, ProofKind
from lms.approvals.models import Level
from lms.credits.counting import CreditDraft, CreditRule
from lms.kernel.events import DomainEvent
from lms.kernel.jobs.registry import JobSpec
from lms.kernel.jobs.worker import JobContext
from lms.kernel.settings import SettingSpec
from lms.messages.dto import Letter
from lms.messages.notifying import Notifier, Post
from lms.plugin_api.views import Blueprint
from lms.questions.dto import BankItem, ParsedFile, ParsedItem, Problem, QuestionType
from lms.questions.formats import ImportFormat
from lms.requirements.kinds import Finding, Progress, RequirementType
from lms.webkit.room import Figure, MessageKind, NavItem, NextStep, Permission, Slot, Subscription

__all__ = [
    "BankItem",
    "Blueprint",
    "CaseKind",
    "ChainPlan",
    "ChainStep",
    "CreditDraft",
    "CreditRule",
    "DomainEvent",
    "ExternalIdentity",
    "Figure",
    "Finding",
    "ImportFormat",
    "JobContext",
    "JobSpec",
    "Letter",
    "Level",
    "LoginDeparture",
    "LoginProvider",
    "LoginReturn",
    "MessageKind",
    "NavItem",
    "NextStep",
    "Notifier",
    "ParsedFile",
    "ParsedItem",
    "Permission",
    "Post",
    "Problem",
    "Progress",
    "ProofKind",
    "QuestionType",
    "RequirementType",
    "Role",
    "SettingSpec",
    "Slot",
    "Subscription",
]
