"""The same name begun twice at the same moment: one draft, and the other officer reads why."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.i18n import zh
from lms.kernel.models import AuditEntry
from lms.requirements import queries, service
from lms.testing.factories.orgs import make_small_city
from lms.testing.threads import together

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def test_a_name_is_begun_once(real_app):
    with real_app.app_context():
        make_small_city()
    found = together(
        real_app,
        lambda: service.create(SYSTEM, "test.name", zh("甲", "A")),
        lambda: service.create(SYSTEM, "test.name", zh("乙", "B")),
    )
    [refusal] = [one for one in found if one is not None]
    assert set(refusal.fields) == {"code"}
    with real_app.app_context():
        title = ("甲", "乙")[found.index(None)]
        assert queries.named("test.name").draft.title["zh_CN"] == title
        made = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "requirement.create")
        assert db.session.scalar(made) == 1
