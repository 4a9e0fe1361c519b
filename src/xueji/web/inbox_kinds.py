"""The sorts of messages staff get, in words, and where each leads: one table, by the tags of the events they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.queries import case_for
from xueji.institutions.queries import permissions_of
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag
from xueji.web.casepages import casepage_of

CASE = "cases.Case"


@dataclass(frozen=True, slots=True)
class InboxKind:
    """A sort of messages: its key in an address, what it is called, of which events it is, the page it leads to."""

    key: str
    label: str
    tags: frozenset[str]
    url: Callable[[Event, User], str]


def case_id_of(event: Event) -> int | None:
    """Return the case an event speaks of; None for one of no case."""
    if event.parent_type == CASE:
        return int(event.parent_id)
    return int(event.subject_id) if event.subject_type == CASE else None


def kind_of(event: Event) -> InboxKind:
    """Return the sort of a message."""
    return next(kind for kind in KINDS if event.tag in kind.tags)


def _case_page(event: Event, user: User) -> str:
    case = case_for(user, case_id_of(event))
    return casepage_of(case.kind).url_of(case)


def _desk(_event: Event, _user: User) -> str:
    return reverse("desk")


def _duplicate(event: Event, _user: User) -> str:
    return reverse("duplicate", args=[event.subject_id])


def _of_register(page: str) -> Callable[[Event, User], str]:
    """Return how the page of what an event is about is addressed; to who sees no register, the desk."""

    def url(event: Event, user: User) -> str:
        sees = Permission.VIEW_REGISTER in permissions_of(user)
        return reverse(page, args=[event.subject_id]) if sees else reverse("desk")

    return url


def _batches(_event: Event, user: User) -> str:
    return _first(user, (Permission.PREPARE_BATCH, "school:batches"), (Permission.WATCH_DUTIES, "authority:reporting"))


def _rounds(_event: Event, user: User) -> str:
    return _first(
        user, (Permission.BOOK_SEALING, "school:appointments"), (Permission.MANAGE_SEALING, "authority:rounds")
    )


def _notices(_event: Event, _user: User) -> str:
    return reverse("notices")


def _first(user: User, *ways: tuple[Permission, str]) -> str:
    """Return the first of some pages that a person may open, else their desk."""
    may = permissions_of(user)
    return reverse(next((name for permission, name in ways if permission in may), "desk"))


def _kind(key: str, label: str, url: Callable[[Event, User], str], *tags: EventTag) -> InboxKind:
    return InboxKind(key, label, frozenset(str(tag) for tag in tags), url)


KINDS: tuple[InboxKind, ...] = (
    _kind("returned", "退回", _case_page, EventTag.STEP_RETURNED),
    _kind("decided", "办结", _case_page, EventTag.CASE_APPROVED, EventTag.STEP_REFUSED, EventTag.STEP_DEFERRED),
    _kind("reminded", "催办", _batches, EventTag.SCHOOL_REMINDED),
    _kind("duplicates", "学籍重复", _duplicate, EventTag.DUPLICATE_REMINDED),
    _kind(
        "rounds", "验印安排", _rounds, EventTag.SEALING_ROUND_MOVED, EventTag.SEALING_ROUND_EXTENDED,
        EventTag.SEALING_ROUND_CANCELLED, EventTag.SEALING_APPOINTMENT_CANCELLED,
    ),
    _kind("seasons", "届次", _batches, EventTag.SEASON_OPENED, EventTag.SEASON_CLOSED, EventTag.SEASON_REOPENED),
    _kind("measures", "处理", _desk, EventTag.SANCTION_IMPOSED, EventTag.SANCTION_LIFTED),
    _kind("ratings", "评级", _of_register("rating"), EventTag.RATING_DRAFTED, EventTag.RATING_REVISED, EventTag.RATING_PUBLISHED),
    _kind("restrictions", "新生注册限制", _of_register("restriction"), EventTag.RESTRICTION_PLACED, EventTag.RESTRICTION_ENDED),
    _kind("stewardships", "代管", _of_register("stewardship"), EventTag.STEWARDSHIP_RECORDED, EventTag.STEWARDSHIP_ENDED),
    _kind("notices", "公告", _notices, EventTag.NOTICE_PUBLISHED, EventTag.NOTICE_WITHDRAWN),
)  # fmt: skip
