"""Setting programmes: for the whole city, dated, never changed in place. A round keeps the version it began with."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from lms.exams.models import Exam
from lms.kernel import clock, rulings
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.programmes import policy
from lms.programmes.dto import NewVersion
from lms.programmes.models import Programme, ProgrammeVersion, TrackRatio
from lms.programmes.queries import catalogue
from lms.programmes.service.common import far_off, is_far, overtaken
from lms.requirements import queries as requirements

MOST_CRITERIA = 10
MOST_WORKERS, MOST_SHARE = 100_000, 1000
_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")


def create_programme(actor: Actor, code: str, track: str, rung: int, first: NewVersion) -> None:
    """A new programme with its first version. Raises `Invalid` naming every fault."""
    policy.require_edit(actor)
    fields: dict[str, Any] = {}
    known = catalogue.load()
    if not _CODE.fullmatch(code):
        fields["code"] = _("请用 2 到 40 个小写字母、数字或下划线，以字母开头")
    elif code in known.entries:
        fields["code"] = _("这个代码已用于另一个项目")
    if track not in {one.code for one in known.tracks}:
        fields["track"] = _("请从列表里选择")
    fields |= _faults(first)
    if fields:
        raise _refusal(fields)
    with unit_of_work(actor) as uow:
        row = {"code": code, "track": track, "rung": rung, "created_at": clock.now()}
        if not insert_new(uow.session, Programme, **row):
            raise overtaken()
        _write(uow, code, first)


def save_version(actor: Actor, code: str, new: NewVersion) -> uuid.UUID:
    """Let a programme be as given from a day on, today or later; the version's id. Raises `Invalid`, `Conflict`."""
    policy.require_edit(actor)
    catalogue.load().entry(code)
    fields = _faults(new)
    if fields:
        raise _refusal(fields)
    with unit_of_work(actor) as uow:
        return _write(uow, code, new)


def save_ratio(actor: Actor, track: str, workers: int, lines: Sequence[dict[str, Any]], *, note: str) -> None:
    """Let a track's ratio be as given from today on; see `TrackRatio`. Raises `Invalid`."""
    policy.require_edit(actor)
    known = catalogue.load()
    known.track(track)
    fields: dict[str, Any] = {}
    codes = [code for line in lines for code in line["codes"]]
    if not 1 <= workers <= MOST_WORKERS:
        fields["workers"] = _("在职人员数应为 1 至 %(most)d", most=MOST_WORKERS)
    if any(not 1 <= line["share"] <= MOST_SHARE for line in lines):
        fields["lines"] = _("配备数应为 1 至 %(most)d", most=MOST_SHARE)
    elif not lines or set(codes) - {one.code for one in known.of(track)} or len(codes) != len(set(codes)):
        fields["lines"] = _("请给至少一个项目填写配备数")
    if not note.strip():
        fields["note"] = _("请写明依据，如文件名和文号")
    if fields:
        raise _refusal(fields)
    with unit_of_work(actor) as uow:
        entered = rulings.enter(
            uow, TrackRatio, TrackRatio.track == track, track=track, valid_from=clock.today(), workers=workers,
            lines=list(lines), note=note.strip(),
        )  # fmt: skip
        if entered is None:
            raise overtaken()
        uow.audit("programme.ratio", "programme_track", track, workers=workers, lines=list(lines))


def _write(uow: UnitOfWork, code: str, new: NewVersion) -> uuid.UUID:
    names = NewVersion.__dataclass_fields__
    values = {name: getattr(new, name) for name in names} | {"criteria": list(new.criteria), "note": new.note.strip()}
    entered = rulings.enter(uow, ProgrammeVersion, ProgrammeVersion.programme == code, programme=code, **values)
    if entered is None:
        raise overtaken()
    version_id, revision = entered
    plain = values | {"valid_from": new.valid_from.isoformat(), "revision": revision}
    uow.audit("programme.version", "programme", code, **plain)
    return version_id


def _faults(new: NewVersion) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if not new.title.get("zh_CN", "").strip():
        fields["title"] = _("请填写名称")
    if new.valid_from < clock.today():
        fields["valid_from"] = _("请选今天或以后的日期")
    elif is_far(new.valid_from):
        fields["valid_from"] = far_off()
    if not new.note.strip():
        fields["note"] = _("请写明依据，如文件名和文号")
    if new.term_months is not None and not 1 <= new.term_months <= 120:
        fields["term_months"] = _("应为 1 至 120 个月；没有期限的不填")
    for name, code in (("entry_set", new.entry_set), ("renewal_set", new.renewal_set)):
        if code and code not in requirements.sets_on([code], new.valid_from):
            fields[name] = _("这组条件到生效日还没有内容")
    return fields | _plan_faults(new) | _selection_faults(new)


def _plan_faults(new: NewVersion) -> dict[str, Any]:
    if new.plan_months is None or new.look_months is None:
        neither = new.plan_months is None and new.look_months is None
        return {} if neither else {"look_months": _("培养计划的期限和考察间隔要一起填，或都不填")}
    fields: dict[str, Any] = {}
    if not 1 <= new.plan_months <= (new.term_months or 120):
        fields["plan_months"] = _("应为 1 至 120 个月，不超过任期")
    if not 1 <= new.look_months <= 120:
        fields["look_months"] = _("应为 1 至 120 个月")
    return fields


def _selection_faults(new: NewVersion) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if new.written_weight + new.interview_weight not in {0, 100} or min(new.written_weight, new.interview_weight) < 0:
        fields["written_weight"] = _("笔试和面试的权重合计应为 100，或都为 0")
    if bool(new.written_weight) != bool(new.written_exam):
        fields["written_exam"] = _("笔试权重和考试要同时填写")
    elif new.written_exam and db.session.scalar(select(Exam.id).where(Exam.slug == new.written_exam)) is None:
        fields["written_exam"] = _("没有这场考试")
    keys = [one["key"] for one in new.criteria]
    if new.interview_weight and not new.criteria:
        fields["criteria"] = _("有面试的，请写明评分项")
    elif len(keys) != len(set(keys)) or len(keys) > MOST_CRITERIA or any(int(one["most"]) < 1 for one in new.criteria):
        fields["criteria"] = _("评分项最多 %(most)d 项，每项满分大于 0", most=MOST_CRITERIA)
    if not 1 <= new.panel_least <= 15:
        fields["panel_least"] = _("应为 1 至 15 人")
    for name in ("written_least", "interview_least", "outlier_gap"):
        if not 0 <= getattr(new, name) <= 100:
            fields[name] = _("应为 0 至 100 分")
    return fields


def _refusal(fields: dict[str, Any]) -> Invalid:
    return Invalid(_("没有保存。"), todo=_("请改好标出的地方再保存。"), fields=fields)
