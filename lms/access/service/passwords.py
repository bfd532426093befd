"""Passwords: hashing, the city's rules, and replacing one."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update

from lms.access.models import Account, OldPassword
from lms.access.rules import (
    KEPT_PASSWORDS,
    LONG_ENOUGH,
    MAX_LENGTH,
    MIN_LENGTH,
    PasswordFault,
    normalized,
    password_faults,
)
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.ids import new_id
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork
from lms.people.models import Person

hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""Argon2id at OWASP's second setting: 31-39 ms here, so that 3,000 people can sign in before an exam."""

NOBODYS_HASH = hasher.hash("the work done for an account that does not exist")

_MESSAGES: Mapping[PasswordFault, Any] = {
    PasswordFault.SHORT: _l("至少 %(number)d 个字符", number=MIN_LENGTH),
    PasswordFault.LONG: _l("最多 %(number)d 个字符", number=MAX_LENGTH),
    PasswordFault.PLAIN: _l("大写字母、小写字母、数字、符号至少用三种，或写满 %(number)d 个字符", number=LONG_ENOUGH),
    PasswordFault.COMMON: _l("这是常见密码，容易被猜到"),
    PasswordFault.PERSONAL: _l("不能包含姓名、手机号或用户名"),
}


def hashed(password: str) -> str:
    """The Argon2id hash of a password."""
    return hasher.hash(normalized(password))


def matches(password_hash: str, password: str) -> bool:
    """Whether a password belongs to a hash. Costs the same for a wrong one."""
    try:
        return hasher.verify(password_hash, normalized(password)[: MAX_LENGTH * 2])
    except (VerificationError, InvalidHashError):
        return False


def check(password: str, personal: Collection[str], former: Collection[str] = (), *, field: str = "password") -> None:
    """Raise `Invalid` for a password the rules refuse; `former` holds the hashes of the last passwords."""
    faults = [str(_MESSAGES[fault]) for fault in password_faults(normalized(password), personal)]
    if not faults and any(matches(old, password) for old in former):
        faults = [_("最近 %(number)d 次用过的密码不能再用", number=KEPT_PASSWORDS)]
    if faults:
        raise Invalid(_("这个密码不能用。"), fields={field: _("；").join(faults)})


def personal_words(person: Person, username: str) -> list[str]:
    """What a password of this person must not hold."""
    cipher = kernel().cipher
    phone = cipher.decrypt(person.phone_sealed, context="person.phone") if person.phone_sealed else ""
    number = cipher.decrypt(person.id_number_sealed, context="person.id_number") if person.id_number_sealed else ""
    return [word for word in (person.name, username, phone, number) if word]


def former_hashes(account: Account) -> list[str]:
    """The account's last passwords, the present one first."""
    old = db.session.scalars(
        select(OldPassword.password_hash)
        .where(OldPassword.account_id == account.id)
        .order_by(OldPassword.replaced_at.desc())
        .limit(KEPT_PASSWORDS - 1)
    )
    return [account.password_hash, *old]


def replace(uow: UnitOfWork, account_id: uuid.UUID, *, seen: str, new_hash: str) -> None:
    """Put a new hash in place of the one that was `seen`. Raises `Conflict` when somebody was quicker."""
    done = uow.change(
        update(Account)
        .where(Account.id == account_id, Account.password_hash == seen)
        .values(
            password_hash=new_hash,
            password_changed_at=clock.now(),
            must_change_password=False,
            failed_count=0,
            locked_until=None,
        ),
    )
    if not done:
        raise Conflict(_("密码刚刚在别处改过。"), todo=_("请用新密码登录。"))
    uow.session.add(OldPassword(id=new_id(), account_id=account_id, password_hash=seen, replaced_at=clock.now()))
