"""The kinds of case there are: declared by rooms and plugins when they are installed, looked up by key.

A case may outlive its kind: the plugin that declared it is off or gone. Then the case is shown by its key and stays as
it is until the kind comes back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from flask import Flask, current_app

from lms.approvals.chain import ChainPlan
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.webkit.uploads import JPEG, PDF, PNG, FileKind

EXTENSION = "lms.approvals"


@dataclass(frozen=True, slots=True)
class ProofKind:
    """A proof that a kind of case asks for. `title` and `hint` are lazy texts; `megabytes` the limit of one file."""

    key: str
    title: Any
    required: bool = True
    hint: Any = ""
    accepts: tuple[FileKind, ...] = (PDF, JPEG, PNG)
    megabytes: int = 10


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class CaseKind:
    """A kind of case.

    `chain` counts until officers save one of their own. `view_endpoint` is the page about the subject for whoever sees
    the case, `correct_endpoint` the applicant's form to change the facts of a returned case; both are called with
    `subject_id`. `available` is asked at each look-up: a plugin that is switched off answers False.
    """

    key: str
    title: Any
    chain: ChainPlan
    proofs: tuple[ProofKind, ...] = ()
    view_endpoint: str | None = None
    correct_endpoint: str | None = None
    available: Callable[[], bool] = _always

    def proof(self, key: str) -> ProofKind | None:
        """The kind of proof with a key."""
        return next((proof for proof in self.proofs if proof.key == key), None)


@dataclass
class Kinds:
    """The declared kinds of one application."""

    declared: dict[str, CaseKind] = field(default_factory=dict)

    def declare(self, kind: CaseKind) -> None:
        """Make a kind known. Raises `ValueError` when two are called the same."""
        if kind.key in self.declared:
            raise ValueError(f"two kinds of case are called {kind.key}")
        self.declared[kind.key] = kind

    def find(self, key: str) -> CaseKind | None:
        """The kind with a key, or None while nobody answers for it."""
        kind = self.declared.get(key)
        return kind if kind is not None and kind.available() else None

    def known(self) -> dict[str, CaseKind]:
        """The kinds somebody answers for now, by key."""
        return {key: kind for key, kind in sorted(self.declared.items()) if kind.available()}

    def require(self, key: str) -> CaseKind:
        """The kind with a key. Raises `Conflict` while nobody answers for it."""
        kind = self.find(key)
        if kind is None:
            raise Conflict(
                _("这类申请现在不能办理。"),
                why=_("负责“%(key)s”的功能已停用或没有安装。", key=key),
                todo=_("已有的申请原样保留；请联系系统管理员。"),
                code="kind_unknown",
            )
        return kind


def declare(app: Flask, kind: CaseKind) -> None:
    """Make a kind of case known to an application: what a room's `install` calls."""
    cast("Kinds", app.extensions[EXTENSION]).declare(kind)


def kinds() -> Kinds:
    """The kinds of the current application."""
    return cast("Kinds", current_app.extensions[EXTENSION])
