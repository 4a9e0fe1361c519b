"""Found an installation, or one more line of authorities in it: the first authority and its administrator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from xueji import policy
from xueji.accounts.actions import issue_account
from xueji.accounts.models import User
from xueji.institutions.actions import appoint, register_authority
from xueji.institutions.divisions import level_of
from xueji.institutions.models import Authority, Post
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag

_SETUP_LOCK = 0x58554A49  # «XUJI»: one set-up at a time, on whatever machine


@dataclass(frozen=True, slots=True)
class Administrator:
    """Who will administer: chosen user name, name, telephone, and a password of their own."""

    username: str
    full_name: str
    phone: str
    password: str


@transaction.atomic
def set_up_installation(
    *, pack_id: str, name: str, short_name: str, administrator: Administrator, by: User | None, at: datetime
) -> Authority:
    """Enter the topmost authority of a line, that of the pack's own territory, and appoint its administrator.

    All the rest is entered by the administrator on pages. `by` is None: nobody is there yet; who may is decided by the
    code on the terminal (`institutions/setup_code.py`). The authority is the one of the whole territory, because cases of the
    pack end there. BadInput for an unknown pack; Conflict when the authority or the user name is taken.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SETUP_LOCK])
    pack = policy.get_library().pack(pack_id)
    authority = register_authority(
        name=name, short_name=short_name, level=level_of(pack.territory), division_code=pack.territory,
        line=pack.line, by=by, at=at,
    )  # fmt: skip
    issued = issue_account(
        username=administrator.username, full_name=administrator.full_name, phone=administrator.phone,
        password=administrator.password, by=by, at=at,
    )  # fmt: skip
    appoint(user=issued.user, post=Post.ADMINISTRATOR, authority=authority, by=by, at=at)
    after = {"pack": pack.id, "administrator": administrator.full_name}
    record_event(tag=EventTag.INSTALLATION_OPENED, subject=authority, by=by, at=at, after=after)
    return authority
