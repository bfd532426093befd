"""Roles: named sets of permissions, granted to a person on a unit and everything below it, from a day to a day.

Every signed-in person may do what is their own (take courses, sit exams); that needs no grant and no role here. The
roles below are the core's; plugins add roles of their own and name the roles that hold their permissions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lms.kernel.i18n import lazy_gettext as _l
from lms.webkit.registry import registry


@dataclass(frozen=True, slots=True)
class Role:
    """`officer` roles need a second factor where the city demands it."""

    key: str
    title: Any
    permissions: frozenset[str]
    officer: bool = True


_READ = frozenset({
    "org:view", "person:view", "course:view", "bank:view", "exam:view", "result:view", "credit:view",
    "certificate:view", "approval:view", "calendar:view", "class:view",
})  # fmt: skip

CORE_ROLES: Mapping[str, Role] = {
    role.key: role
    for role in (
        Role("trainer", _l("培训师"), frozenset({
            "course:view", "course:edit", "bank:view", "bank:edit", "exam:view", "result:view",
            "class:view", "class:teach",
        })),
        Role("hr_officer", _l("人事干部"), frozenset({
            "org:view", "person:view", "person:edit", "person:reveal", "roster:import", "account:invite",
            "account:edit", "course:view", "exam:view", "result:view", "credit:view", "credit:edit", "credit:rule",
            "credit:except",
            "certificate:view", "certificate:issue", "certificate:revoke", "approval:view", "approval:decide",
            "approval:configure", "substitute:edit", "notice:publish", "objection:decide", "calendar:view",
            "class:view", "class:edit", "class:rule",
        })),
        Role("exam_officer", _l("考务干部"), frozenset({
            "org:view", "person:view", "course:view", "course:publish", "bank:view", "exam:view", "exam:edit",
            "result:view", "result:publish", "calendar:view",
        })),
        Role("marker", _l("阅卷员"), frozenset({"bank:view", "exam:view"})),
        Role("auditor", _l("审计员"), _READ | {"audit:view", "job:view", "grant:view", "setting:view"}),
        Role("operator", _l("系统管理员"), frozenset({
            "org:view", "org:edit", "setting:view", "setting:edit", "job:view", "job:edit", "grant:view", "grant:edit",
            "account:invite", "account:edit", "person:view", "substitute:edit", "calendar:view", "calendar:edit",
        })),
    )
}  # fmt: skip


def roles() -> Mapping[str, Role]:
    """Every role, those of plugins last, each with the permissions that plugins add to it."""
    added: dict[str, set[str]] = defaultdict(set)
    for permission in registry().permissions.values():
        for key in permission.roles:
            added[key].add(permission.key)
    known = [*CORE_ROLES.values(), *registry().offered(Role).values()]
    return {role.key: replace(role, permissions=role.permissions | added[role.key]) for role in known}


def roles_holding(permission: str) -> tuple[str, ...]:
    """The roles that include a permission."""
    return tuple(role.key for role in roles().values() if permission in role.permissions)
