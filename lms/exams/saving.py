"""The hot path: answers arrive, are checked and kept by one statement, and are acknowledged with receipts.

Why an acknowledged answer cannot be lost to a submission at the same moment: the statement holds `FOR KEY SHARE` on
the sitting until it has committed; submitting takes `FOR UPDATE` (see `service.submitting`), so it waits for the save,
and a save that comes later sees the new state and stores nothing. SQLite has one writer at a time.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from lms.exams.dto import Answer, Claims, Entry, Saved, Stored
from lms.exams.receipts import receipt
from lms.exams.rules import GRACE, fold
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.fastpath import FastPath, Row, Statement
from lms.kernel.i18n import gettext as _

_SAVE = Statement(
    postgresql="""
        WITH gate AS (
            SELECT id, device, items, deadline_at FROM sitting
            WHERE id = %(sitting)s::uuid AND state = 'open' AND device = %(device)s
              AND deadline_at + make_interval(secs => %(grace)s) > clock_timestamp()
            FOR KEY SHARE
        )
        INSERT INTO answer_entry (sitting_id, device, seq, position, choice, marked, saved_at)
        SELECT gate.id, gate.device, e.seq, e.position, e.choice, e.marked, clock_timestamp()
        FROM gate, json_to_recordset(%(entries)s::json)
             AS e(seq bigint, position smallint, choice smallint, marked boolean)
        WHERE e.position < gate.items
        ON CONFLICT DO NOTHING
        RETURNING seq, saved_at, (SELECT deadline_at FROM gate)
    """,
    sqlite="""
        INSERT INTO answer_entry (sitting_id, device, seq, position, choice, marked, saved_at)
        SELECT s.id, s.device, json_extract(e.value, '$.seq'), json_extract(e.value, '$.position'),
               json_extract(e.value, '$.choice'), json_extract(e.value, '$.marked'),
               strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'
        FROM sitting s, json_each(:entries) e
        WHERE s.id = :sitting AND s.state = 'open' AND s.device = :device
          AND s.deadline_at > strftime('%Y-%m-%d %H:%M:%f', 'now', -:grace || ' seconds')
          AND json_extract(e.value, '$.position') < s.items
        ON CONFLICT DO NOTHING
        RETURNING seq, saved_at, (SELECT deadline_at FROM sitting WHERE id = :sitting)
    """,
)

_SITTING = Statement(
    postgresql="""
        SELECT state, device, items, deadline_at, clock_timestamp() FROM sitting WHERE id = %(sitting)s::uuid
    """,
    sqlite="""
        SELECT state, device, items, deadline_at, strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'
        FROM sitting WHERE id = :sitting
    """,
)

_STORED = Statement(
    postgresql="""
        SELECT seq, position, choice, marked, saved_at FROM answer_entry
        WHERE sitting_id = %(sitting)s::uuid AND device = %(device)s
          AND seq IN (SELECT value::bigint FROM json_array_elements_text(%(seqs)s::json))
    """,
    sqlite="""
        SELECT seq, position, choice, marked, saved_at FROM answer_entry
        WHERE sitting_id = :sitting AND device = :device AND seq IN (SELECT value FROM json_each(:seqs))
    """,
)


_KEPT = Statement(
    postgresql="""
        SELECT device, seq, position, choice, marked, saved_at FROM answer_entry WHERE sitting_id = %(sitting)s::uuid
    """,
    sqlite="SELECT device, seq, position, choice, marked, saved_at FROM answer_entry WHERE sitting_id = :sitting",
)


def save(path: FastPath, secret: str, claims: Claims, entries: Sequence[Entry]) -> Saved:
    """Keep `entries` and return their receipts. The same entry again gets the same receipt again.

    Raises `NotFound` (no such sitting), `Conflict` (submitted, time over, superseded device, or a sequence number that
    was used for something else) and `Invalid` (a position the paper does not have). What could be kept was kept.
    """
    return keep(path, secret, claims, entries) or _explain(path, secret, claims, entries)


def keep(path: FastPath, secret: str, claims: Claims, entries: Sequence[Entry]) -> Saved | None:
    """Keep `entries`: receipts when all of them were new and allowed, None when any was not."""
    rows = path.fetch(
        _SAVE,
        {
            "sitting": claims.sitting_id.hex,
            "device": claims.device,
            "grace": GRACE.seconds,
            "entries": _as_text(entries),
        },
    )
    if len(rows) < len(entries):
        return None
    moments = {seq: moment(saved_at) for seq, saved_at, _deadline in rows}
    receipts = [
        (entry.seq, receipt(secret, claims.sitting_id, claims.device, entry, moments[entry.seq])) for entry in entries
    ]
    return Saved(receipts, max(moments.values()), moment(rows[0][2]))


def _as_text(entries: Sequence[Entry]) -> str:
    return json.dumps(
        [
            {"seq": entry.seq, "position": entry.position, "choice": entry.choice, "marked": entry.marked}
            for entry in entries
        ]
    )


def moment(value: dt.datetime | str) -> dt.datetime:
    """A moment as either database gives it."""
    if isinstance(value, str):
        return dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)
    return value.astimezone(dt.UTC)


def _explain(path: FastPath, secret: str, claims: Claims, entries: Sequence[Entry]) -> Saved:
    """The slow path: not every entry was new. Either all are kept already, or say why not."""
    stored = _stored(path, claims, entries)
    sitting = path.fetch(_SITTING, {"sitting": claims.sitting_id.hex})
    if not sitting:
        raise NotFound(_("找不到这场考试。"))
    if missing := [entry for entry in entries if entry.seq not in stored]:
        raise _refusal(claims, missing, sitting[0])
    if any(stored[entry.seq][0] != entry for entry in entries):
        raise Conflict(_("这台设备的作答序号重复，内容不同。"), todo=_("请刷新页面，再作答一次。"), code="seq_reused")
    receipts = [
        (entry.seq, receipt(secret, claims.sitting_id, claims.device, entry, stored[entry.seq][1])) for entry in entries
    ]
    return Saved(receipts, moment(sitting[0][4]), moment(sitting[0][3]))


def _stored(path: FastPath, claims: Claims, entries: Sequence[Entry]) -> Mapping[int, tuple[Entry, dt.datetime]]:
    params = {
        "sitting": claims.sitting_id.hex,
        "device": claims.device,
        "seqs": json.dumps([entry.seq for entry in entries]),
    }
    return {
        seq: (Entry(seq, position, choice, bool(marked)), moment(saved_at))
        for seq, position, choice, marked, saved_at in path.fetch(_STORED, params)
    }


def _refusal(claims: Claims, missing: Sequence[Entry], sitting: Row) -> Exception:
    state, device, items, deadline_at, now = sitting
    if state != "open":
        return Conflict(_("这场考试已经交卷，不再接收答案。"), code="submitted")
    if device != claims.device:
        return superseded()
    if any(entry.position >= items for entry in missing):
        return Invalid(_("题号超出了试卷范围。"), code="bad_position")
    if moment(now) >= moment(deadline_at) + GRACE:
        return Conflict(_("考试时间已到，不再接收答案。"), code="time_over")
    return Conflict(_("答案没有存下。"), todo=_("请再试一次。"), code="again")


def superseded() -> Conflict:
    """The refusal of a device that another one has taken over from."""
    return Conflict(
        _("您已在另一台设备上继续作答，这台设备不再接收答案。"),
        todo=_("请在新设备上继续，或在这里点“改用这台设备”。"),
        code="superseded",
    )


def standing(path: FastPath, sitting_id: uuid.UUID) -> tuple[str, int, dt.datetime, dt.datetime]:
    """A sitting's state, device number, the database's time and the deadline. Raises `NotFound`."""
    rows = path.fetch(_SITTING, {"sitting": sitting_id.hex})
    if not rows:
        raise NotFound(_("找不到这场考试。"))
    state, device, _items, deadline_at, now = rows[0]
    return state, device, moment(now), moment(deadline_at)


def kept(path: FastPath, sitting_id: uuid.UUID) -> dict[int, Answer]:
    """What counts in a sitting at this moment, by position; never a snapshot that an open transaction still sees."""
    return fold(
        Stored(device, Entry(seq, position, choice, bool(marked)), moment(saved_at))
        for device, seq, position, choice, marked, saved_at in path.fetch(_KEPT, {"sitting": sitting_id.hex})
    )


def as_json(saved: Saved) -> dict[str, Any]:
    """What the page gets; times in milliseconds since 1970."""
    return {
        "receipts": [{"seq": seq, "receipt": value} for seq, value in saved.receipts],
        "now": milliseconds(saved.now),
        "deadline": milliseconds(saved.deadline_at),
    }


def milliseconds(value: dt.datetime) -> int:
    return round(value.timestamp() * 1000)
