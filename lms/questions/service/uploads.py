"""A file of items sent by a trainer: kept, checked against the bank without changing it, then applied with one click.

What is applied is the very file that was checked: it lies in the file store between the two steps, and is refused when
the bank has changed in the meantime.
"""

from __future__ import annotations

import hashlib
import uuid
from pathlib import PurePosixPath, PureWindowsPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.access import policy
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, NotFound, TooLarge
from lms.kernel.i18n import gettext as _
from lms.kernel.models import StoredFile
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work
from lms.questions import compare, formats, queries
from lms.questions.dto import BankReport, ChangedItem, ParsedFile, ParsedItem, Problem, UploadCheck
from lms.questions.formats import ImportFormat
from lms.questions.models import Bank, Item, ItemState, ItemVersion
from lms.questions.rules import digest
from lms.questions.service.bank import item_problems, take_items

MEGABYTES = 2
ROOM = "questions"
_FORMAT = "; format="
"""Parts a kept file's media type from the key of the format it is read as."""


def keep_upload(actor: Actor, slug: str, name: str, content: bytes, format_key: str = "") -> uuid.UUID:
    """Keep a file for a bank and return its id; the format is that of its name unless one is given.

    Raises `Invalid` for what cannot be read, `TooLarge`, and `Conflict` for a format nobody answers for.
    """
    bank = queries.bank(actor, slug, "bank:edit")
    shown = PureWindowsPath(PurePosixPath(name).name).name[-120:]
    form = _readable(shown, content, format_key)
    with unit_of_work(actor) as uow:
        policy.require(actor, "bank:edit", bank.org_id)
        media_type = f"{form.media_type}{_FORMAT}{form.key}"
        return kernel().files.put(uow, room=ROOM, name=shown, media_type=media_type, content=content).id


def check_upload(actor: Actor, slug: str, file_id: uuid.UUID) -> UploadCheck:
    """What applying a kept file would do to the bank as it is now, and what stands in the way."""
    bank = queries.bank(actor, slug, "bank:edit")
    file = _file(actor, file_id)
    return _check(db.session(), bank, file, _parsed(file))


def apply_upload(actor: Actor, slug: str, file_id: uuid.UUID, *, seal: str) -> BankReport:
    """Apply a checked file. `seal` is that of the check the trainer saw; a second click changes nothing.

    Raises `Invalid` for a faulty file and `Conflict` where the bank has changed since the check.
    """
    parsed = _parsed(_file(actor, file_id))  # before the bank is locked: a format may take its time
    with unit_of_work(actor) as uow:
        bank = uow.session.scalars(select(Bank).where(Bank.slug == slug).with_for_update()).first()
        if bank is None:
            raise NotFound(_("找不到这个题库。"))
        policy.require(actor, "bank:edit", bank.org_id)
        file = _file(actor, file_id)
        checked = _check(uow.session, bank, file, parsed)
        if checked.problems:
            raise Invalid(_("文件里还有问题，题库没有改动。"), todo=_("请修改后重新上传。"))
        if not checked.writes:
            return BankReport(unchanged=checked.unchanged)
        if checked.seal != seal:
            raise Conflict(
                _("检查之后题库有了改动，没有写入。"),
                why=_("刚才看到的检查结果已经过时。"),
                todo=_("请核对新的检查结果，再写入。"),
                code="stale_check",
            )
        uow.audit("bank.upload", "bank", bank.id, org_id=bank.org_id, file=file.id.hex, sha256=file.sha256)
        return take_items(uow, bank, parsed.items)


def _readable(name: str, content: bytes, format_key: str) -> ImportFormat:
    """The format a file is to be read as. Refuses what cannot be read before it is kept."""
    if not name:
        raise Invalid(_("没有选择文件。"), todo=_("请选择文件后再上传。"), fields={"file": _("请选择文件")})
    form = formats.require(format_key) if format_key else formats.of_name(name)
    if len(content) > MEGABYTES << 20:
        words = _("文件超过 %(limit)d MB，没有上传。", limit=MEGABYTES)
        raise TooLarge(words, todo=_("请分成几份后再传。"), fields={"file": words})
    try:
        formats.read(form, content, name)
    except Invalid as refusal:
        refusal.fields.setdefault("file", str(refusal))
        raise
    return form


def _parsed(file: StoredFile) -> ParsedFile:
    form = formats.require(file.media_type.rpartition(_FORMAT)[2])
    return formats.read(form, kernel().files.read(file.id), file.name)


def _file(actor: Actor, file_id: uuid.UUID) -> StoredFile:
    """The actor's own upload; anybody else's does not exist for them."""
    file = kernel().files.row(file_id)
    if file.room != ROOM or file.created_by != actor.person_id:
        raise NotFound(_("找不到这个文件。"))
    return file


def _check(session: Session, bank: Bank, file: StoredFile, parsed: ParsedFile) -> UploadCheck:
    stored = {
        item.ref: (item, version)
        for item, version in session.execute(
            select(Item, ItemVersion)
            .join(ItemVersion, ItemVersion.id == Item.current_version_id)
            .where(Item.bank_id == bank.id)
        )
    }
    present = {ref: item.kind for ref, (item, _version) in stored.items()}
    found = item_problems(session, bank.syllabus_id, parsed.items, present)
    problems = [*parsed.problems, *(Problem(file.name, item.line, message) for item, message in found)]
    if not parsed.items and not problems:
        problems.append(Problem(file.name, 1, _("文件里没有题目。")))
    known = [item for item in parsed.items if item.ref in stored]
    changed = [_changed(item, *stored[item.ref]) for item in known if digest(item) != stored[item.ref][1].digest]
    refs = {item.ref for item in parsed.items}
    return UploadCheck(
        file_id=file.id,
        name=file.name,
        problems=tuple(sorted(problems, key=lambda problem: problem.line)),
        new=tuple(item for item in parsed.items if item.ref not in stored),
        changed=tuple(changed),
        unchanged=len(known) - len(changed),
        missing=sum(ref not in refs and item.state is ItemState.ACTIVE for ref, (item, _v) in stored.items()),
        seal=_seal(stored),
    )


def _changed(parsed: ParsedItem, item: Item, version: ItemVersion) -> ChangedItem:
    changes = compare.changes(queries.as_parsed(item, version), parsed)
    return ChangedItem(item.ref, version.number, item.state is ItemState.RETIRED, tuple(changes))


def _seal(stored: dict[str, tuple[Item, ItemVersion]]) -> str:
    """A digest of which versions the bank holds: it differs after any change to the bank's items."""
    rows = sorted(f"{ref} {version.id.hex} {item.state}" for ref, (item, version) in stored.items())
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()
