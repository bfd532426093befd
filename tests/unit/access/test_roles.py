from __future__ import annotations

from lms.access.roles import CORE_ROLES, roles_holding


def test_every_permission_of_a_role_is_declared_by_some_room(app):
    declared = set(app.extensions["lms.registry"].permissions)
    assert {key for role in CORE_ROLES.values() for key in role.permissions} <= declared


def test_roles_holding_a_permission_are_found(app):
    assert set(roles_holding("grant:edit")) == {"operator"}
    assert roles_holding("no:such") == ()
