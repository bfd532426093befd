"""Between the core and the functions plugins offer it: what one raises becomes a refusal in words, and is reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import wraps
from typing import Any, TypeVar

from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.uow import in_unit_of_work
from lms.plugin_host.firebreak import Firebreak, timed
from lms.plugin_host.loading import Plugin
from lms.plugin_host.models import FaultKind
from lms.webkit.room import Offer

PARTICIPATE_SECONDS = 2.0
"""What a plugin does for longer inside a transaction of the core is reported: people wait for its locks."""
T = TypeVar("T")


class PluginFailed(LmsError):
    """A plugin's function failed in a core use case: nothing was done, and it is no fault of the person's."""

    status = 503

    def __init__(self, plugin: str) -> None:
        super().__init__(
            _("模块“%(plugin)s”出了问题，这次操作没有完成。", plugin=plugin),
            why=_("这一步需要该模块同意，而它没有正常回答。"),
            todo=_("已报告管理员，请稍后再试。"),
            code="plugin_failed",
        )


def asked(firebreak: Firebreak, plugin: Plugin, place: str, call: Callable[[], T]) -> T:
    """What a plugin's function gives the core.

    Raises what it refuses with (`LmsError`), or `PluginFailed` for anything else it raises. A failure hurts when it
    happened inside a transaction: the core's own work was undone with it.
    """
    inside = in_unit_of_work()
    try:
        answer, seconds = timed(call)
    except LmsError:
        raise
    except Exception as error:
        firebreak.failed(plugin.name, place, error, hurts=inside)
        raise PluginFailed(str(plugin.manifest.title)) from error
    if inside and seconds > PARTICIPATE_SECONDS:
        detail = f"{place} took {seconds:.1f} s inside a transaction"
        firebreak.note(plugin.name, place, FaultKind.SLOW, detail, hurts=True)
    return answer


def shielded(firebreak: Firebreak, plugin: Plugin, offer: Offer) -> Offer:
    """An offer whose functions are asked as above, so that no room that calls one need know whose it is.

    Where the offer's class says what answers are sound (`sound(name, answer)`), another answer counts as a failure.
    """

    def guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        place = f"{type(offer).__name__} {offer.key} {name}"
        sound: Callable[[str, object], bool] | None = getattr(offer, "sound", None)

        def checked(*args: Any, **kwargs: Any) -> Any:
            answer = function(*args, **kwargs)
            if sound is not None and not sound(name, answer):
                raise TypeError(f"{place} gave {answer!r}")
            return answer

        @wraps(function)
        def ask(*args: Any, **kwargs: Any) -> Any:
            return asked(firebreak, plugin, place, lambda: checked(*args, **kwargs))

        return ask

    given = {one.name: getattr(offer, one.name) for one in fields(offer)}  # type: ignore[arg-type]
    functions = {name: guarded(name, value) for name, value in given.items() if _is_function(value)}
    return replace(offer, **functions) if functions else offer  # type: ignore[type-var]


def _is_function(value: object) -> bool:
    return callable(value) and not isinstance(value, type)
