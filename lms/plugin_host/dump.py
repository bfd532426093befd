"""A plugin's data as a ZIP of JSON lines: readable without the plugin, whether it is on, off or gone."""

from __future__ import annotations

import base64
import datetime as dt
import json
import uuid
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, inspect, select

from lms.kernel import clock
from lms.plugin_host.migrations import revision_of, tables_of


def dump(connection: Connection, name: str, target: Path) -> dict[str, int]:
    """Write `plugin.json` and one `<table>.jsonl` for each table; rows per table.

    Bytes are base64, dates and moments ISO 8601, identifiers as in addresses. Encrypted fields stay encrypted.
    """
    counts: dict[str, int] = {}
    metadata = MetaData()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for table_name in tables_of(connection, name):
            table = Table(table_name, metadata, autoload_with=connection)
            with archive.open(f"{table_name}.jsonl", "w") as lines:
                counts[table_name] = 0
                for row in connection.execute(select(table).execution_options(yield_per=1000)).mappings():
                    plain = {str(key): _plain(value) for key, value in row.items()}
                    lines.write(json.dumps(plain, ensure_ascii=False).encode() + b"\n")
                    counts[table_name] += 1
        about = {
            "plugin": name,
            "revision": revision_of(connection, name),
            "exported_at": clock.now().isoformat(),
            "tables": {table: _columns(connection, table) for table in counts},
            "rows": counts,
        }
        archive.writestr("plugin.json", json.dumps(about, ensure_ascii=False, indent=2))
    return counts


def _columns(connection: Connection, table: str) -> dict[str, str]:
    return {column["name"]: str(column["type"]) for column in inspect(connection).get_columns(table)}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    if isinstance(value, (uuid.UUID, Decimal)):
        return str(value)
    return value
