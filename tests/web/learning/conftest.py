from __future__ import annotations

import pytest

from lms.testing.plugin import FreshContextClient


@pytest.fixture
def another(app):
    """Makes further browsers besides `client`."""
    return lambda: FreshContextClient(app, app.response_class)
