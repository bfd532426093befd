"""The `lms` command on an application that knows only the jobs of the tests."""

from __future__ import annotations

from flask.cli import ScriptInfo
from jobs import ROOM

from lms.app import create_app
from lms.cli import main
from lms.config import Config

if __name__ == "__main__":
    main.main(obj=ScriptInfo(create_app=lambda: create_app(Config.from_env(), rooms=(ROOM,))))
