from __future__ import annotations

from lms.testing.conformance import PluginConformance


class TestConformance(PluginConformance):
    plugin = "tuition"
