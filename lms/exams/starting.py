"""Starting a sitting and taking it over on another device: one small write each, timed by the database's clock.

A start locks its seat, then its session, both shared: thousands begin at once, yet a start waits for whoever is
changing one of the two (cancelling, moving, extra minutes) and then reads what they left.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from lms.exams.saving import moment
from lms.kernel.errors import Conflict, NotFound
from lms.kernel.fastpath import FastPath, Statement
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class Started:
    """A sitting under way. `fresh` says that this very call began it (or took it over) on `device`."""

    sitting_id: uuid.UUID
    device: int
    deadline_at: dt.datetime
    now: dt.datetime
    fresh: bool


_START = Statement(
    postgresql="""
        INSERT INTO sitting (id, seat_id, session_id, person_id, form_id, items, device, started_at, deadline_at, state,
                             submitted_by)
        SELECT %(sitting)s::uuid, seat.id, session.id, seat.person_id, seat.form_id, form.items, 1,
               t.now, least(t.now + make_interval(mins => exam.minutes), session.closes_at)
                      + make_interval(mins => seat.extra_minutes), 'open', ''
        FROM seat
        JOIN exam_session session ON session.id = seat.session_id
        JOIN exam ON exam.id = session.exam_id
        JOIN paper_form form ON form.id = seat.form_id,
        (SELECT clock_timestamp() AS now) t
        WHERE seat.session_id = %(session)s::uuid AND seat.person_id = %(person)s::uuid AND seat.state = 'registered'
          AND session.state = 'frozen' AND session.mode = 'online'
          AND session.opens_at <= t.now AND t.now < session.closes_at
        FOR KEY SHARE OF seat, session
        ON CONFLICT DO NOTHING
        RETURNING id, device, deadline_at, started_at
    """,
    sqlite="""
        INSERT INTO sitting (id, seat_id, session_id, person_id, form_id, items, device, started_at, deadline_at, state,
                             submitted_by)
        SELECT :sitting, seat.id, session.id, seat.person_id, seat.form_id, form.items, 1, t.now,
               strftime('%Y-%m-%d %H:%M:%f',
                        min(strftime('%Y-%m-%d %H:%M:%f', t.now, exam.minutes || ' minutes'), session.closes_at),
                        seat.extra_minutes || ' minutes') || '000', 'open', ''
        FROM seat
        JOIN exam_session session ON session.id = seat.session_id
        JOIN exam ON exam.id = session.exam_id
        JOIN paper_form form ON form.id = seat.form_id,
        (SELECT strftime('%Y-%m-%d %H:%M:%f', 'now') || '000' AS now) t
        WHERE seat.session_id = :session AND seat.person_id = :person AND seat.state = 'registered'
          AND session.state = 'frozen' AND session.mode = 'online'
          AND session.opens_at <= t.now AND t.now < session.closes_at
        ON CONFLICT DO NOTHING
        RETURNING id, device, deadline_at, started_at
    """,
)

_EXISTING = Statement(
    postgresql="""
        SELECT id, device, deadline_at, clock_timestamp() FROM sitting
        WHERE session_id = %(session)s::uuid AND person_id = %(person)s::uuid
    """,
    sqlite="""
        SELECT id, device, deadline_at, strftime('%Y-%m-%d %H:%M:%f', 'now') || '000' FROM sitting
        WHERE session_id = :session AND person_id = :person
    """,
)

_WHY_NOT = Statement(
    postgresql="""
        SELECT session.state, session.mode, session.opens_at, session.closes_at, clock_timestamp(), seat.state
        FROM exam_session session
        LEFT JOIN seat ON seat.session_id = session.id AND seat.person_id = %(person)s::uuid
        WHERE session.id = %(session)s::uuid
    """,
    sqlite="""
        SELECT session.state, session.mode, session.opens_at, session.closes_at,
               strftime('%Y-%m-%d %H:%M:%f', 'now') || '000', seat.state
        FROM exam_session session LEFT JOIN seat ON seat.session_id = session.id AND seat.person_id = :person
        WHERE session.id = :session
    """,
)

_TAKE_OVER = Statement(
    postgresql="""
        UPDATE sitting SET device = sitting.device + 1
        FROM (SELECT id FROM sitting WHERE id = %(sitting)s::uuid FOR UPDATE) locked
        WHERE sitting.id = locked.id AND sitting.person_id = %(person)s::uuid AND sitting.state = 'open'
        RETURNING sitting.id, sitting.device, sitting.deadline_at, clock_timestamp()
    """,
    sqlite="""
        UPDATE sitting SET device = device + 1
        WHERE id = :sitting AND person_id = :person AND state = 'open'
        RETURNING id, device, deadline_at, strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'
    """,
)


def start(path: FastPath, session_id: uuid.UUID, person_id: uuid.UUID) -> Started:
    """Begin the person's sitting, or find the one already begun: two clicks, one sitting.

    Raises `NotFound` (no such session, or not registered) and `Conflict` (not open yet, closed, papers not ready).
    """
    params = {"session": session_id.hex, "person": person_id.hex, "sitting": new_id().hex}
    rows = path.fetch(_START, params)
    if rows:
        return _started(rows[0], fresh=True)
    existing = path.fetch(_EXISTING, params)
    if existing:
        return _started(existing[0], fresh=False)
    raise _refusal(path, params)


def take_over(path: FastPath, sitting_id: uuid.UUID, person_id: uuid.UUID) -> Started:
    """Give the present browser the next device number. Raises `NotFound` or, after submission, `Conflict`."""
    params = {"sitting": sitting_id.hex, "person": person_id.hex}
    rows = path.fetch(_TAKE_OVER, params)
    if rows:
        return _started(rows[0], fresh=True)
    raise Conflict(_("这场考试已经交卷。"), code="submitted")


def _started(row: tuple[object, ...], *, fresh: bool) -> Started:
    sitting, device, deadline_at, now = row
    return Started(
        uuid.UUID(str(sitting)),
        int(str(device)),
        moment(deadline_at),  # type: ignore[arg-type]
        moment(now),  # type: ignore[arg-type]
        fresh,
    )


def _refusal(path: FastPath, params: dict[str, str]) -> Exception:
    rows = path.fetch(_WHY_NOT, params)
    if not rows or rows[0][5] != "registered":
        return NotFound(_("您没有报名这场考试。"))
    state, mode, opens_at, closes_at, now, _seat = rows[0]
    if mode != "online":
        return Conflict(_("这场考试在线下进行。"), todo=_("请按准考证上的时间和地点参加。"), code="offline")
    if moment(now) < moment(opens_at):
        return Conflict(_("考试还没有开始。"), todo=_("请在开考时间再进入。"), code="too_early")
    if moment(now) >= moment(closes_at) or state in {"closed", "published"}:
        return Conflict(_("考试已经结束，不能再进入。"), code="too_late")
    return Conflict(_("试卷还没有准备好。"), todo=_("请联系考务人员。"), code="not_ready")
