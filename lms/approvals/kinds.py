"""The kinds of case there are: offered by rooms and plugins, looked up by key.

A case may outlive its kind: the plugin that declared it is off or gone. Then the case is shown by its key and stays as
it is until the kind comes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lms.approvals.chain import ChainPlan
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.webkit.registry import registry
from lms.webkit.uploads import JPEG, PDF, PNG, FileKind


@dataclass(frozen=True, slots=True)
class ProofKind:
    """A proof that a kind of case asks for. `title` and `hint` are lazy texts; `megabytes` the limit of one file."""

    key: str
    title: Any
    required: bool = True
    hint: Any = ""
    accepts: tuple[FileKind, ...] = (PDF, JPEG, PNG)
    megabytes: int = 10


@dataclass(frozen=True, slots=True)
class CaseKind:
    """A kind of case.

    `chain` counts until officers save one of their own. `view_endpoint` is the page about the subject for whoever sees
    the case, `correct_endpoint` the applicant's form to change the facts of a returned case; both are called with
    `subject_id`.
    """

    key: str
    title: Any
    chain: ChainPlan
    proofs: tuple[ProofKind, ...] = ()
    view_endpoint: str | None = None
    correct_endpoint: str | None = None

    def proof(self, key: str) -> ProofKind | None:
        """The kind of proof with a key."""
        return next((proof for proof in self.proofs if proof.key == key), None)


def known() -> dict[str, CaseKind]:
    """The kinds somebody answers for now, by key."""
    return dict(sorted(registry().offered(CaseKind).items()))


def find(key: str) -> CaseKind | None:
    """The kind with a key, or None while nobody answers for it."""
    return registry().offered(CaseKind).get(key)


def require(key: str) -> CaseKind:
    """The kind with a key. Raises `Conflict` while nobody answers for it."""
    kind = find(key)
    if kind is None:
        raise Conflict(
            _("这类申请现在不能办理。"),
            why=_("负责“%(key)s”的功能已停用或没有安装。", key=key),
            todo=_("已有的申请原样保留；请联系系统管理员。"),
            code="kind_unknown",
        )
    return kind
