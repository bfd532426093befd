"""Other ways to sign in that rooms and plugins offer: a government's login, an employer's.

A provider proves who somebody is elsewhere. That counts as the password does, and never more: it opens an account only
after its owner has linked the two, and a second factor that is due stays due.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from lms.access.rules import leads_away
from lms.kernel.errors import Conflict, LmsError
from lms.kernel.i18n import gettext as _
from lms.webkit.registry import registry

SECONDS = 10.0
"""How long a browser waits for a provider."""
LONGEST_KEY, LONGEST_SUBJECT, LONGEST_NAME = 60, 200, 60
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LoginDeparture:
    """What a provider needs to send a browser away.

    `return_to` is our address to which the browser must come back, with `state` as the parameter of that name. `secret`
    is kept in the browser's session until then: make a nonce or a PKCE verifier of it, and send away only what does not
    tell it.
    """

    return_to: str
    state: str
    secret: str


@dataclass(frozen=True, slots=True)
class LoginReturn:
    """What a browser came back with: the parameters of the address, and what `begin` was given."""

    params: Mapping[str, str]
    return_to: str
    secret: str


@dataclass(frozen=True, slots=True)
class ExternalIdentity:
    """Who somebody is elsewhere.

    `subject` never changes and is nobody else's; only a keyed fingerprint of it is stored. `name` is what the person
    recognises it by on the security page, at most 60 characters: give no number in clear. Raises `ValueError` for a
    subject that is empty or has more than 200 characters, or for a longer name.
    """

    subject: str
    name: str = ""

    def __post_init__(self) -> None:
        if not 0 < len(self.subject) <= LONGEST_SUBJECT or len(self.name) > LONGEST_NAME:
            raise ValueError("the subject must have 1 to 200 characters, the name at most 60")


@dataclass(frozen=True, slots=True)
class LoginProvider:
    """Another way to sign in.

    :param key: kept with the links of accounts, at most 60 characters.
    :param title: what people call it (天府通办), a lazy text; its button says so.
    :param begin: the absolute address, http or https, to send the browser to.
    :param finish: who the person is, after the provider's answer was verified with its server. Raise `Invalid` in words
        where the person was refused there, or turned back.

    Neither may take longer than ten seconds, and neither runs inside a transaction. Raises `ValueError` for a key that
    is too long.
    """

    key: str
    title: Any
    begin: Callable[[LoginDeparture], str]
    finish: Callable[[LoginReturn], ExternalIdentity]

    def __post_init__(self) -> None:
        if not 0 < len(self.key) <= LONGEST_KEY:
            raise ValueError(f"the key {self.key} must have 1 to {LONGEST_KEY} characters")

    def sound(self, name: str, answer: object) -> bool:
        """Whether an answer of `begin` or `finish` can be one."""
        if name == "begin":
            return isinstance(answer, str) and leads_away(answer)
        return isinstance(answer, ExternalIdentity)


class ProviderSilent(LmsError):
    """A provider that gave no answer, or nonsense."""

    status = 503
    code = "provider_silent"


def offered() -> dict[str, LoginProvider]:
    """The providers one can sign in with now, by key."""
    return registry().offered(LoginProvider)


def require(key: str) -> LoginProvider:
    """The provider with a key. Raises `Conflict` while nobody answers for it."""
    found = offered().get(key)
    if found is None:
        raise Conflict(
            _("现在不能用“%(title)s”登录。", title=title(key)),
            why=_("提供这种登录方式的模块已停用或没有安装。"),
            todo=_("请用用户名和密码登录。"),
            code="provider_off",
        )
    return found


def title(key: str) -> str:
    """What people call a provider; one that is gone goes by its key."""
    found = registry().known(LoginProvider).get(key)
    return str(found.title) if found else key


def begin(provider: LoginProvider, departure: LoginDeparture) -> str:
    """The address to send the browser to. Raises what the provider refuses with, or `ProviderSilent`."""
    return _asked(provider, "begin", lambda: provider.begin(departure))


def finish(provider: LoginProvider, back: LoginReturn) -> ExternalIdentity:
    """Who came back. Raises what the provider refuses with, or `ProviderSilent`."""
    return _asked(provider, "finish", lambda: provider.finish(back))


def _asked(provider: LoginProvider, name: str, call: Callable[[], T]) -> T:
    found = registry().within(provider, name, SECONDS, call)
    if found is None:
        raise ProviderSilent(
            _("现在不能用“%(title)s”登录。", title=provider.title),
            why=_("对方没有正常回答。"),
            todo=_("请用用户名和密码登录，或过一会儿再试。"),
        )
    return found
