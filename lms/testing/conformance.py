"""The conformance kit: what every plugin must hold to, as functions that say what is wrong and as a class of tests.

In a plugin's tests:

    class TestConformance(PluginConformance):
        plugin = "subsidies"
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask
from packaging.requirements import Requirement
from sqlalchemy import Connection, Table, create_engine, inspect
from sqlalchemy.engine import Engine

from lms.kernel.actor import SYSTEM
from lms.kernel.db import Base, sqlalchemy_url
from lms.plugin_api.models import FOREIGN_KEY_TARGETS
from lms.plugin_host import migrations, service
from lms.plugin_host.host import PluginHost, Standing, host
from lms.plugin_host.loading import Plugin
from lms.testing.plugin import Backend, FreshContextClient
from lms.webkit.blueprint import PUBLIC, TOKEN, policy_of

SURFACE = "lms.plugin_api"
_PLACE = re.compile(r"%\((\w+)\)[sd]")
_EXTRACT = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
_KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


def static_problems(plugin: Plugin, plugins: dict[str, Plugin]) -> list[str]:
    """What is wrong with a plugin's files: imports past the surface, texts without English, foreign tables."""
    return [*import_problems(plugin, plugins), *translation_problems(plugin), *table_problems(plugin)]


def import_problems(plugin: Plugin, plugins: dict[str, Plugin]) -> Iterator[str]:
    """A plugin imports the surface, third parties, and the public modules of the plugins it requires; nothing else."""
    packages = {other.package: other for other in plugins.values() if other.name != plugin.name}
    required = {Requirement(text).name for text in plugin.manifest.requires}
    for path in sorted(plugin.folder.rglob("*.py")):
        for line, module in _imports(ast.parse(path.read_text()), plugin.package):
            place = f"{path.relative_to(plugin.folder)}:{line}"
            if _below(module, "lms") and not _below(module, SURFACE):
                yield f"{place} imports {module}: only {SURFACE} is promised"
            other = packages.get(module.partition(".")[0])
            if other is None:
                continue
            public = other.manifest.public
            if other.name not in required:
                yield f"{place} imports {module}, but the manifest does not require {other.name}"
            elif not public or not _below(module, public):
                yield f"{place} imports {module}: public of {other.name} is {public or 'nothing'}"


def _imports(tree: ast.AST, package: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                yield node.lineno, f"{package}.{base}".rstrip(".")
            elif base in {"lms", package.partition(".")[0]} or "." not in base:
                yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, base


def _below(module: str, parent: str) -> bool:
    return module == parent or module.startswith(f"{parent}.")


def translation_problems(plugin: Plugin) -> Iterator[str]:
    """Every text has English with the same places."""
    known = _catalogue(plugin.folder / "translations" / "en" / "LC_MESSAGES" / "messages.po")
    for file, line, text, _comments, _context in extract_from_dir(
        str(plugin.folder), method_map=_EXTRACT, keywords=_KEYWORDS
    ):
        singular = text if isinstance(text, str) else text[0]
        if not singular:
            continue
        message = known.get(singular)
        english = message.string if message and not message.fuzzy else ""
        words = [english] if isinstance(english, str) else [*(english or ())]
        if not all(words) or not words:
            yield f"{file}:{line}: no English for “{singular}”"
        elif any(set(_PLACE.findall(word)) != set(_PLACE.findall(singular)) for word in words):
            yield f"{file}:{line}: the English of “{singular}” has other places"


def _catalogue(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale="en")
    with path.open("rb") as file:
        return read_po(file, locale="en")


def tables_of(plugin: Plugin) -> list[Table]:
    """The tables of a plugin's models."""
    return [table for table in Base.metadata.sorted_tables if table.name.startswith(f"{plugin.name}_")]


def table_problems(plugin: Plugin) -> Iterator[str]:
    """Foreign keys point to the plugin's own tables or to the published columns of the core."""
    for table in tables_of(plugin):
        for key in table.foreign_keys:
            target = key.target_fullname
            if target not in FOREIGN_KEY_TARGETS and not target.startswith(f"{plugin.name}_"):
                published = ", ".join(sorted(FOREIGN_KEY_TARGETS))
                yield f"{table.name} points to {target}, which is not published: {published}"


def migration_problems(engine: Engine, plugin: Plugin) -> list[str]:
    """Up, down and up again on an otherwise migrated, empty database; what is left over, lacks or differs."""
    if plugin.versions is None:
        return [f"{table.name} has no migration" for table in tables_of(plugin)]
    found = []
    with engine.begin() as connection:
        before = _names(connection)
        migrations.upgrade(connection, plugin)
        made = _names(connection) - before - {migrations.version_table(plugin.name)}
    found += [f"the migration makes {name}, outside {plugin.name}_" for name in sorted(made) if not _own(plugin, name)]
    with engine.begin() as connection:
        found += [f"the migrated tables differ from the models: {one}" for one in _differences(connection, plugin)]
        migrations.downgrade(connection, plugin, "base")
        left = _names(connection) - before - {migrations.version_table(plugin.name)}
    found += [f"the downgrade leaves {name} behind" for name in sorted(left)]
    with engine.begin() as connection:
        migrations.upgrade(connection, plugin)
        if _names(connection) - before - {migrations.version_table(plugin.name)} != made:
            found.append("the second upgrade makes other tables than the first")
    return found


def _names(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def _own(plugin: Plugin, name: str) -> bool:
    return name.startswith(f"{plugin.name}_")


def _differences(connection: Connection, plugin: Plugin) -> list[str]:
    def mine(_object: object, name: str | None, kind: str, *_rest: object) -> bool:
        return kind != "table" or _own(plugin, name or "")

    context = MigrationContext.configure(connection, opts={"include_object": mine})
    return [str(difference) for difference in compare_metadata(context, Base.metadata)]


def page_problems(app: Flask, plugin: Plugin) -> Iterator[str]:
    """Officers' pages are never open to everybody; a page of one's own asks for a sign-in."""
    for blueprint in plugin.room.blueprints:
        for rule in app.url_map.iter_rules():
            if not rule.endpoint.startswith(f"{blueprint.name}.") or rule.endpoint.endswith(".static"):
                continue
            policy = policy_of(app.view_functions[rule.endpoint])
            if policy in {PUBLIC, TOKEN} and rule.rule.startswith(("/desk", "/admin", "/me")):
                yield f"{rule.rule} is {policy.kind}: officers' and personal pages ask for a sign-in"
            if policy and policy.permission and policy.permission not in app.extensions["lms.registry"].permissions:
                yield f"{rule.rule} requires {policy.permission}, which nobody declares"


class PluginConformance:
    """The tests every plugin passes; a subclass names it. They run on SQLite and PostgreSQL."""

    plugin: ClassVar[str]

    def test_it_is_loaded_and_on(self, app: Flask) -> None:
        with app.app_context():
            known = host().about(self.plugin)
        assert known.standing is Standing.ON, known.reason
        assert known.plugin is not None
        assert known.plugin.warnings == ()

    def test_its_files_keep_to_the_surface(self, app: Flask) -> None:
        one: PluginHost = app.extensions["lms.plugin_host"]
        assert static_problems(one.plugins[self.plugin], one.plugins) == []

    def test_its_pages_say_who_may_open_them(self, app: Flask) -> None:
        assert list(page_problems(app, app.extensions["lms.plugin_host"].plugins[self.plugin])) == []

    def test_its_tables_go_up_down_and_up_again(self, app: Flask, backend: Backend) -> None:
        url = backend.fresh(f"conformance-{self.plugin}", bare=True)
        engine = create_engine(sqlalchemy_url(url))
        try:
            assert migration_problems(engine, app.extensions["lms.plugin_host"].plugins[self.plugin]) == []
        finally:
            engine.dispose()
            backend.drop(url)

    def test_its_pages_are_gone_while_it_is_off(self, app: Flask) -> None:
        rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(f"{self.plugin}.")]
        addresses = [rule.rule for rule in rules if not rule.arguments and "GET" in (rule.methods or ())]
        client = FreshContextClient(app, app.response_class)
        for name in reversed(host().plugins):  # those that require it were loaded after it
            service.disable(SYSTEM, name, "conformance")
            if name == self.plugin:
                break
        for address in addresses:
            assert client.get(address).status_code == 404, address
