"""`lms.celery_app` on an application that knows the jobs of the tests as well."""

from __future__ import annotations

import functools

from jobs import ROOM

import lms.app

lms.app.create_app = functools.partial(lms.app.create_app, rooms=(*lms.app.ROOMS, ROOM))

from lms.celery_app import app  # noqa: E402 - the application is built when this is read

__all__ = ["app"]
