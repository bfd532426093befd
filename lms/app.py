"""The composition root: `create_app` assembles the kernel, each room, each plugin, always in the same order."""

from __future__ import annotations

from collections.abc import Sequence

import flask
from flask_babel import Babel
from flask_compress import Compress
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from lms.access.room import ROOM as ACCESS
from lms.agenda.room import ROOM as AGENDA
from lms.approvals.room import ROOM as APPROVALS
from lms.certificates.room import ROOM as CERTIFICATES
from lms.classes.room import ROOM as CLASSES
from lms.config import Config
from lms.credits.room import ROOM as CREDITS
from lms.demand.room import ROOM as DEMAND
from lms.exams.room import ROOM as EXAMS
from lms.kernel import fastpath, log
from lms.kernel.crypto import FieldCipher
from lms.kernel.db import db, engine_options, sqlalchemy_url
from lms.kernel.events import EventBus
from lms.kernel.files import FileStore
from lms.kernel.i18n import SOURCE_LOCALE
from lms.kernel.jobs.celery import CeleryTransport
from lms.kernel.jobs.registry import JobRegistry, Polling
from lms.kernel.runtime import EXTENSION as KERNEL
from lms.kernel.runtime import Kernel
from lms.kernel.settings import SettingsRegistry
from lms.learning.room import ROOM as LEARNING
from lms.messages.room import ROOM as MESSAGES
from lms.orgs.room import ROOM as ORGS
from lms.people.room import ROOM as PEOPLE
from lms.plugin_api.services import EXTENSION as SERVICES
from lms.plugin_host import services as plugin_services
from lms.plugin_host.discovery import Found
from lms.plugin_host.host import PluginHost
from lms.plugin_host.room import ROOM as PLUGINS
from lms.plugin_host.views import install as install_plugin_host
from lms.practice.room import ROOM as PRACTICE
from lms.prep.room import ROOM as PREP
from lms.programmes.room import ROOM as PROGRAMMES
from lms.questions.room import ROOM as QUESTIONS
from lms.requirements.room import ROOM as REQUIREMENTS
from lms.web.room import ROOM as WEB
from lms.webkit import security
from lms.webkit.blueprint import enforce_policy
from lms.webkit.locale import choose_locale
from lms.webkit.registry import EXTENSION as REGISTRY
from lms.webkit.registry import Registry
from lms.webkit.room import Room
from lms.webkit.templating import install_templating

ROOMS: tuple[Room, ...] = (
    ORGS, PEOPLE, ACCESS, AGENDA, MESSAGES, APPROVALS, QUESTIONS, LEARNING, CLASSES, DEMAND, EXAMS, PREP, PRACTICE,
    CREDITS, REQUIREMENTS, CERTIFICATES, PROGRAMMES, WEB, PLUGINS,
)  # fmt: skip


def create_app(
    config: Config | None = None, rooms: Sequence[Room] = ROOMS, plugins: Sequence[Found] | None = None
) -> flask.Flask:
    """Build the application. The database must have been migrated: `lms db upgrade`.

    `plugins` are those to load, by default whatever is installed.
    """
    config = config or Config.from_env()
    log.configure(config.log_level)
    app = flask.Flask("lms", static_folder="web/static", template_folder="web/templates")
    _configure(app, config)
    db.init_app(app)
    fastpath.install(app, config)
    CSRFProtect(app)
    Compress(app)
    host = PluginHost.load(rooms, plugins)
    kernel = _build_kernel(config, host)
    app.extensions[KERNEL] = kernel
    app.extensions[REGISTRY] = Registry(guard=host)
    app.extensions[SERVICES] = plugin_services.build()
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join([*host.catalogues(), "translations"])  # the core's word wins
    Babel(app, locale_selector=choose_locale, default_locale=SOURCE_LOCALE)
    security.install(app)
    install_plugin_host(app, host)
    app.before_request(enforce_policy)
    install_templating(app)
    for room in (*rooms, *host.rooms()):
        _install(app, kernel, room)
    return app


def _configure(app: flask.Flask, config: Config) -> None:
    app.config.update(
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=sqlalchemy_url(config.database_url),
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(config.database_url, config.pool_size),
        MAX_CONTENT_LENGTH=config.upload_mb * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SESSION_COOKIE_SECURE=config.secure_cookies,
        SESSION_COOKIE_SAMESITE="Lax",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        COMPRESS_ALGORITHM=["br", "gzip"],
        TESTING=config.testing,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form left open over lunch must not be lost
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,  # static addresses carry the content's hash
    )
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _build_kernel(config: Config, host: PluginHost) -> Kernel:
    return Kernel(
        config=config,
        bus=EventBus(),
        jobs=JobRegistry(),
        transport=CeleryTransport(config.broker_url) if config.broker_url else Polling(),
        settings=SettingsRegistry(),
        files=FileStore.open(config.files_url, config.data_dir),
        cipher=FieldCipher.from_text(config.field_keys, config.index_key),
        guard=host,
    )


def _install(app: flask.Flask, kernel: Kernel, room: Room) -> None:
    """Register everything one room brings."""
    registry: Registry = app.extensions[REGISTRY]
    registry.take(room)
    kernel.settings.declare(room.settings)
    for job in room.jobs:
        kernel.jobs.declare(job)
    for event_type in room.events:
        kernel.bus.know(event_type)
    for event_type, handler in room.handlers:
        kernel.bus.handle(event_type, handler)
    for subscription in room.subscriptions:
        kernel.bus.subscribe(subscription.name, subscription.event, subscription.handler)
    for blueprint in room.blueprints:
        app.register_blueprint(blueprint)
    for command in room.commands:
        app.cli.add_command(command)
    if room.install is not None:
        room.install(app)
