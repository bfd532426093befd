"""The surface for plugins: everything a plugin may import of the academy, beside `lms.testing` in its tests.

`manifest`     what a plugin says of itself
`hookspecs`    every hook, of three kinds
`registering`  what register hooks give: permissions, settings, menu entries, page pieces, jobs, ...
`services`     what the core answers: people, units, rights, certificates, hours, messages, files, ...
`events`       the core's events, for subscriptions
`models`       tables of the plugin's own
`work`         who acts, the unit of work, jobs, the clock
`views`        pages, forms, lists, uploads, spreadsheets
`texts`        words in two languages
`errors`       refusals in words

What is not listed in a module's `__all__`, or by name in `docs/guides/plugin-author.md`, may change without notice.
"""

from __future__ import annotations

import pluggy

from lms.plugin_api.hookspecs import NAMESPACE
from lms.plugin_api.manifest import API_VERSION, Manifest

hookimpl = pluggy.HookimplMarker(NAMESPACE)
"""Marks a function as the implementation of the hook with its name."""

__all__ = ["API_VERSION", "Manifest", "hookimpl"]
