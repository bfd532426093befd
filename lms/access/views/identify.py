"""Finding out who sends a request: the cookie's token, its sign-in, the person, and what is granted."""

from __future__ import annotations

import datetime as dt

from flask import Flask, Response, g, request

from lms.access import policy, queries
from lms.access.dto import Device, Opened, SignIn
from lms.access.service.sessions import TOUCH_EVERY, touch
from lms.kernel import clock
from lms.kernel.actor import ANONYMOUS, Actor
from lms.kernel.authority import EXTENSION as AUTHORITY
from lms.kernel.runtime import kernel
from lms.webkit.identity import EXTENSION as IDENTIFY
from lms.webkit.preferences import remember


def install(app: Flask) -> None:
    """Tell the web kit how to find the actor, and the rooms below who may do what."""
    app.extensions[IDENTIFY] = identify
    app.extensions[AUTHORITY] = policy
    app.after_request(_note_use)


def identify() -> Actor:
    """The actor behind the present request: one SELECT for the sign-in, one for the grants."""
    found = present_sign_in()
    return ANONYMOUS if found is None or found.missing is not None else actor_of(found)


def present_sign_in() -> SignIn | None:
    """The sign-in of the present request, finished or not."""
    return queries.find_sign_in(request.cookies.get(cookie_name(), ""))


def actor_of(found: SignIn) -> Actor:
    """The actor of a complete sign-in; nobody when an officer's was idle for too long.

    Without a second factor an officer's permissions are withheld where the city demands one.
    """
    roles = policy.roles_of(found.person_id)
    officer = any(role.officer for role in roles)
    idle = dt.timedelta(minutes=kernel().config.idle_minutes)
    if officer and found.last_seen_at + idle <= clock.now():
        return ANONYMOUS
    g.sign_in = found
    withheld = officer and found.second_factor_at is None and _factor_required()
    usable = (role.permissions for role in roles if not (withheld and role.officer))
    return Actor(
        person_id=found.person_id,
        name=found.name,
        account_id=found.account_id,
        session_id=found.session_id,
        permissions=frozenset().union(*usable),
        second_factor=found.second_factor_at is not None,
        needs_second_factor=withheld,
    )


def device() -> Device:
    """Where the present request comes from."""
    return Device((request.remote_addr or "")[:45], request.user_agent.string[:200])


def cookie_name() -> str:
    """Over HTTPS the browser itself guards the name: `__Host-` takes no cookie from a subdomain or a plain page."""
    return "__Host-sign_in" if kernel().config.secure_cookies else "sign_in"


def set_cookie(response: Response, opened: Opened) -> None:
    """Hand the token out, and make pages look as the account remembers; what was never chosen stays as it is here."""
    response.set_cookie(
        cookie_name(),
        opened.token,
        expires=opened.expires_at,
        httponly=True,
        samesite="Lax",
        secure=kernel().config.secure_cookies,
    )
    remember(response, locale=opened.locale, easy=opened.easy_reading or None)


def clear_cookie(response: Response) -> None:
    """Forget the token."""
    response.delete_cookie(cookie_name(), httponly=True, samesite="Lax", secure=kernel().config.secure_cookies)


def _factor_required() -> bool:
    return bool(kernel().settings.value("access.officer_second_factor") == "required")


def _note_use(response: Response) -> Response:
    """After the page is written, at most once a minute: the sign-in is in use."""
    found: SignIn | None = g.get("sign_in")
    if found is not None and found.last_seen_at <= clock.now() - TOUCH_EVERY:
        touch(found.session_id)
    return response
