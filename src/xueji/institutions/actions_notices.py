"""The notice board of an authority, and how far somebody has read: a notice is its event, as is that it was withdrawn."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.days import require_day
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted
from xueji.institutions.models import Authority, InboxMark
from xueji.institutions.queries import holds_at
from xueji.institutions.queries.inbox import after_of, notices_of
from xueji.ledger.actions import record_event
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag

LONGEST_TITLE, LONGEST_TEXT = 60, 2000


@transaction.atomic
def publish_notice(*, authority: Authority, title: str, text: str, until: date, by: User, at: datetime) -> Event:
    """Tell all below an authority something until a day; Conflict where the same notice stands there already."""
    locked = _held(authority.pk, by)
    title, text, today = title.strip()[:LONGEST_TITLE], text.strip()[:LONGEST_TEXT], timezone.localdate(at)
    if not title or not text:
        raise BadInput("请填写公告的标题和内容")
    require_day("notice", until, today)
    standing = [notice for notice in notices_of([locked.pk]) if notice.is_shown_on(today)]
    if any((notice.title, notice.text) == (title, text) for notice in standing):
        raise Conflict("同样的公告已经发布，正在公告栏上")
    return record_event(
        tag=EventTag.NOTICE_PUBLISHED, subject=locked, by=by, at=at, after={"title": title, "until": until}, note=text
    )


@transaction.atomic
def withdraw_notice(*, notice: int, by: User, at: datetime) -> Event:
    """Take a notice from the board; NotFound for one of no authority of the person's, Conflict for one withdrawn already."""
    event = Event.objects.filter(pk=notice, tag=EventTag.NOTICE_PUBLISHED).first()
    if event is None or event.authority_id is None or not holds_at(by, Permission.WATCH_DUTIES, event.authority_id):
        raise NotFound
    locked = _held(event.authority_id, by)
    taken = Event.objects.filter(
        subject_type=event.subject_type, subject_id=event.subject_id, tag=EventTag.NOTICE_WITHDRAWN
    )
    if taken.filter(after__notice=event.pk).exists():
        raise Conflict("这份公告已经撤回")
    what = {"notice": event.pk, "title": after_of(event)["title"]}
    return record_event(tag=EventTag.NOTICE_WITHDRAWN, subject=locked, by=by, at=at, after=what)


def mark_inbox_read(*, up_to: int, by: User) -> InboxMark:
    """Keep that a person has read what they were told up to a message; never back behind a later one."""
    mark, is_new = InboxMark.objects.get_or_create(user=by, defaults={"read_up_to": up_to})
    if not is_new and mark.read_up_to < up_to:
        mark.read_up_to = up_to
        mark.save(update_fields=["read_up_to"])
    return mark


def _held(authority_id: int, by: User) -> Authority:
    """Return the authority, locked: two who publish or withdraw at once wait for each other."""
    if not holds_at(by, Permission.WATCH_DUTIES, authority_id):
        raise NotPermitted("只能在本单位的公告栏上发布和撤回公告")
    return Authority.objects.select_for_update(of=("self",)).get(pk=authority_id)
