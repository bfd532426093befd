"""Pages of a plugin: what core rooms build theirs of.

Templates may extend `layouts/learner.html`, `layouts/desk.html` and `layouts/public.html`, and import `ui.html` and,
for the file fields that `sent_proofs` reads, `approvals/_proofs.html`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from lms.approvals.views.base import sent_proofs
from lms.webkit import blueprint
from lms.webkit.blueprint import public, requires, signed_in
from lms.webkit.downloads import download
from lms.webkit.forms import BaseForm, SeenField, YuanField
from lms.webkit.identity import current_actor, me
from lms.webkit.paging import Page, paginate
from lms.webkit.ratelimit import rate_limited
from lms.webkit.spreadsheets import Cell, Column, Marked, Row, Sheet, SheetPlan, read_sheet, write_workbook
from lms.webkit.uploads import JPEG, PDF, PNG, XLSX, FileKind, Upload, accept

__all__ = [
    "JPEG",
    "PDF",
    "PNG",
    "XLSX",
    "BaseForm",
    "Blueprint",
    "Cell",
    "Column",
    "FileKind",
    "Marked",
    "Page",
    "Row",
    "SeenField",
    "Sheet",
    "SheetPlan",
    "Upload",
    "YuanField",
    "accept",
    "current_actor",
    "download",
    "me",
    "paginate",
    "public",
    "rate_limited",
    "read_sheet",
    "requires",
    "sent_proofs",
    "signed_in",
    "write_workbook",
]


def _refuses(method: str) -> Callable[..., NoReturn]:
    def refuse(self: Blueprint, *args: Any, **options: Any) -> NoReturn:
        del args, options
        raise TypeError(f"{self.name}: {method} would reach into pages of the core and of other plugins")

    return refuse


class Blueprint(blueprint.Blueprint):
    """A blueprint that stays in its own pages: nothing it registers runs for a page of somebody else.

    bp = Blueprint("subsidies", __name__)

    Templates lie in `templates/<name>/`, static files in `static/`; both folders are found beside the module.
    """

    def __init__(self, name: str, import_name: str, **options: Any) -> None:
        folders = {"template_folder": "templates", "static_folder": "static", "static_url_path": f"/{name}/static"}
        super().__init__(name, import_name, **(folders | options))
        self.addresses: list[tuple[str, str]] = []
        """Each view's endpoint and rule, as registered."""

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, *args: Any, **options: Any
    ) -> None:
        super().add_url_rule(rule, endpoint, view_func, *args, **options)
        if view_func is not None:
            name = endpoint or view_func.__name__
            self.addresses.append((f"{self.name}.{name}", f"{self.url_prefix or ''}{rule}"))

    before_app_request = _refuses("before_app_request")
    after_app_request = _refuses("after_app_request")
    teardown_app_request = _refuses("teardown_app_request")
    app_context_processor = _refuses("app_context_processor")
    app_errorhandler = _refuses("app_errorhandler")
    app_url_defaults = _refuses("app_url_defaults")
    app_url_value_preprocessor = _refuses("app_url_value_preprocessor")
    app_template_filter = _refuses("app_template_filter")
    app_template_global = _refuses("app_template_global")
    app_template_test = _refuses("app_template_test")
    register_blueprint = _refuses("register_blueprint")
