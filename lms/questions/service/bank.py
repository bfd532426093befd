"""Creating banks and bringing items into them: all or nothing, and the same content twice changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lms.access import policy
from lms.kernel import clock, search
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import listed, sentences
from lms.kernel.ids import new_id
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.questions import kinds
from lms.questions.dto import BankReport, ParsedItem
from lms.questions.events import BankImported
from lms.questions.models import Bank, Item, ItemState, ItemVersion, Syllabus, SyllabusPoint
from lms.questions.rules import SEARCH_KIND, bank_faults, digest, faults
from lms.questions.wording import explain


def create_bank(
    actor: Actor,
    *,
    slug: str,
    title: Mapping[str, str],
    org_id: uuid.UUID,
    syllabus_id: uuid.UUID,
    course_slug: str = "",
) -> uuid.UUID:
    """Open an empty bank. Raises `Conflict` for a slug in use, `NotFound` for an unknown syllabus."""
    with unit_of_work(actor) as uow:
        policy.require(actor, "bank:edit", org_id)
        if uow.session.scalar(select(Bank.id).where(Bank.slug == slug)) is not None:
            raise Conflict(
                _("题库标识“%(slug)s”已被使用。", slug=slug),
                todo=_("请换一个标识。"),
                code="slug_taken",
            )
        return _create(uow, slug=slug, title=title, org_id=org_id, syllabus_id=syllabus_id, course_slug=course_slug).id


def import_bank(
    actor: Actor,
    *,
    slug: str,
    title: Mapping[str, str],
    org_id: uuid.UUID,
    syllabus_id: uuid.UUID,
    course_slug: str,
    items: Sequence[ParsedItem],
    retire_missing: bool = False,
) -> BankReport:
    """Make the bank hold `items`: new ones are added, changed ones get a new version, the others stay as they are.

    Active items that `items` lacks are named in the report, and retired only with `retire_missing`; a retired item
    stays retired. Raises `Invalid` when an item is faulty, names an unknown syllabus point or changes its kind; then
    nothing at all was changed.
    """
    with unit_of_work(actor) as uow:
        bank = uow.session.scalars(select(Bank).where(Bank.slug == slug).with_for_update()).first()
        policy.require(actor, "bank:edit", bank.org_id if bank else org_id)
        if bank is None:
            bank = _create(uow, slug=slug, title=title, org_id=org_id, syllabus_id=syllabus_id, course_slug=course_slug)
        bank.title, bank.syllabus_id, bank.course_slug = dict(title), syllabus_id, course_slug
        uow.session.flush()
        return take_items(uow, bank, items, retire_missing=retire_missing)


def take_items(uow: UnitOfWork, bank: Bank, items: Sequence[ParsedItem], *, retire_missing: bool = False) -> BankReport:
    """The inside of an import, in the caller's transaction."""
    stored = _stored(uow.session, bank.id)
    check_items(uow.session, bank, items, {ref: item.kind for ref, (item, _digest) in stored.items()})
    new = changed = 0
    for parsed in items:
        item, old_digest = stored.get(parsed.ref, (None, ""))
        if item is None:
            item = Item(id=new_id(), bank_id=bank.id, ref=parsed.ref, kind=parsed.kind, state=ItemState.ACTIVE)
            uow.session.add(item)
            new += 1
        elif old_digest != digest(parsed):
            changed += 1
        else:
            continue
        add_version(uow, item, parsed)
    refs = {parsed.ref for parsed in items}
    missing = sorted(ref for ref, (item, _d) in stored.items() if ref not in refs and item.state is ItemState.ACTIVE)
    retired = _retire(uow, bank.id, missing) if retire_missing else 0
    report = BankReport(new, changed, len(items) - new - changed, retired, () if retire_missing else tuple(missing))
    if new or changed or retired:
        uow.audit("bank.import", "bank", bank.id, org_id=bank.org_id, new=new, changed=changed, retired=retired)
        uow.emit(BankImported(bank_id=bank.id, new=new, changed=changed, retired=retired))
    return report


def check_items(session: Session, bank: Bank, items: Sequence[ParsedItem], present: Mapping[str, str]) -> None:
    """Raise `Invalid` naming every item that cannot be taken. `present` are the types of the bank's items by ref."""
    problems = item_problems(session, bank.syllabus_id, items, present)
    if problems:
        shown = sentences(_("%(name)s：%(message)s", name=item.ref, message=text) for item, text in problems[:5])
        raise Invalid(
            _("有 %(count)d 处不能导入，题库没有改动。", count=len(problems)),
            why=shown,
            todo=_("请修改后重新导入。"),
            fields={"items": shown},
        )


def item_problems(
    session: Session, syllabus_id: uuid.UUID, items: Sequence[ParsedItem], present: Mapping[str, str]
) -> list[tuple[ParsedItem, str]]:
    """What is wrong with each item, for this bank and syllabus."""
    types = kinds.offered()
    known = set(session.scalars(select(SyllabusPoint.code).where(SyllabusPoint.syllabus_id == syllabus_id)))
    problems: list[tuple[ParsedItem, str]] = []
    seen: set[str] = set()
    for item in items:
        kind = types.get(item.kind)
        problems += [(item, explain(code, kind)) for code in faults(item, kind) + bank_faults(item, kind)]
        unknown = [code for code in item.points if code not in known]
        if unknown:
            problems.append((item, _("考点 %(codes)s 不在大纲中。", codes=listed(unknown))))
        if item.ref in seen:
            problems.append((item, _("这个编号在文件里出现了两次。")))
        if present.get(item.ref, item.kind) != item.kind:
            problems.append((item, _("题型与题库中的不同。改题型请用新的编号。")))
        seen.add(item.ref)
    return problems


def add_version(uow: UnitOfWork, item: Item, parsed: ParsedItem) -> uuid.UUID:
    """Write the next version of an item and make it current."""
    last = select(ItemVersion.number).where(ItemVersion.item_id == item.id).order_by(ItemVersion.number.desc())
    version = ItemVersion(
        id=new_id(),
        item_id=item.id,
        number=(uow.session.scalar(last.limit(1)) or 0) + 1 if item.current_version_id else 1,
        stem=parsed.stem,
        options=list(parsed.options),
        key=sorted(parsed.key),
        explanation=parsed.explanation,
        difficulty=parsed.difficulty,
        points=list(parsed.points),
        tags=dict(parsed.tags),
        digest=digest(parsed),
        created_by=uow.actor.person_id,
        created_at=clock.now(),
    )
    uow.session.add(version)
    item.current_version_id = version.id
    words = [parsed.ref, parsed.stem, *parsed.options, parsed.explanation]
    search.add(uow.session, kind=SEARCH_KIND, subject=version.id, content="\n".join(words))
    return version.id


def _create(
    uow: UnitOfWork,
    *,
    slug: str,
    title: Mapping[str, str],
    org_id: uuid.UUID,
    syllabus_id: uuid.UUID,
    course_slug: str,
) -> Bank:
    if uow.session.get(Syllabus, syllabus_id) is None:
        raise NotFound(_("找不到这份考试大纲。"))
    bank = Bank(
        id=new_id(),
        slug=slug,
        title=dict(title),
        org_id=org_id,
        syllabus_id=syllabus_id,
        course_slug=course_slug,
        created_at=clock.now(),
    )
    uow.session.add(bank)
    uow.session.flush()
    uow.audit("bank.create", "bank", bank.id, org_id=org_id, slug=slug)
    return bank


def _stored(session: Session, bank_id: uuid.UUID) -> dict[str, tuple[Item, str]]:
    rows = session.execute(
        select(Item, ItemVersion.digest)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .where(Item.bank_id == bank_id)
    )
    return {item.ref: (item, version_digest) for item, version_digest in rows}


def _retire(uow: UnitOfWork, bank_id: uuid.UUID, refs: Sequence[str]) -> int:
    return uow.change(
        update(Item)
        .where(Item.bank_id == bank_id, Item.ref.in_(refs), Item.state == ItemState.ACTIVE)
        .values(state=ItemState.RETIRED)
    )
