"""The blacklist (黑名单) as it is read: whom it concerns, who may know of an entry, what stands against an applicant."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from xueji import policy
from xueji.accounts.models import Applicant, User
from xueji.accounts.permissions import Permission
from xueji.applications import wordings
from xueji.applications.models import Application, BlacklistAct, BlacklistEntry, Defect
from xueji.core.errors import NotFound
from xueji.core.packs import PackView
from xueji.institutions.queries import authorities_granting, holds_at
from xueji.institutions.queries.staff import are_one_person
from xueji.messaging.queries import undelivered_messages
from xueji.sealing.rows import is_as_written
from xueji.sealing.texts import SealBroken, blind_index

FORGED = "forged"  # the ground of the pack's `refusals` on which somebody is listed
State = BlacklistEntry.State
_PUBLISHED = Q(state__in=[State.LISTED, State.LEAVING])
_WHOLE = (
    "application__applicant__user",
    "application__centre",
    "application__office",
    "application__case",
    "authority",
)


def forged_in(application: Application) -> list[Defect]:
    """Return what the refusal of an application found forged."""
    return list(application.defects.filter(ground=FORGED).order_by("round", "ordinal"))


def law_of_entry(entry: BlacklistEntry) -> PackView:
    """Return the law under which an entry was proposed."""
    return policy.get_library().pack(entry.pack).on(timezone.localdate(entry.proposed_at))


def refused_for_forgery(user: User, application_id: UUID) -> Application:
    """Return an application that an office somebody decides for refused as forged; NotFound for any other."""
    rows = Application.objects.filter(
        office__in=authorities_granting(user, Permission.DECIDE_CASES), state=Application.State.REFUSED, defects__ground=FORGED
    )  # fmt: skip
    found = rows.select_related("applicant__user", "centre", "office", "case").filter(pk=application_id).first()
    if found is None:
        raise NotFound("没有找到因伪造材料不予办理的这份申请")
    return found


def entry_of(application: Application) -> BlacklistEntry | None:
    """Return the entry that came of an application, None where nobody proposed one."""
    return BlacklistEntry.objects.filter(application=application).first()


def blacklist_of(user: User, search: str = "") -> QuerySet[BlacklistEntry]:
    """Return the entries of the offices for which somebody decides, the newest first; by part of a name or receipt number."""
    rows = BlacklistEntry.objects.filter(authority__in=authorities_granting(user, Permission.DECIDE_CASES))
    if search := search.strip():
        rows = rows.filter(Q(application__applicant__name__icontains=search) | Q(application__receipt__contains=search))
    return rows.select_related(*_WHOLE, "proposed_by", "drafted_by", "decided_by", "leaving_by", "removed_by")


def entry_for(user: User, entry_id: UUID) -> BlacklistEntry:
    """Return an entry of an office for which somebody decides; NotFound for any other."""
    return _found(blacklist_of(user), entry_id)


def own_entries(applicant: Applicant) -> QuerySet[BlacklistEntry]:
    """Return the entries about a person, the newest first."""
    return BlacklistEntry.objects.filter(application__applicant=applicant).select_related(*_WHOLE)


def own_entry_for(applicant: Applicant, entry_id: UUID) -> BlacklistEntry:
    """Return an entry about a person; NotFound for one about anybody else."""
    return _found(own_entries(applicant), entry_id)


def acts_of_entry(entry: BlacklistEntry) -> list[BlacklistAct]:
    """Return what was done about an entry the caller was let see, in its order."""
    return list(entry.acts.select_related("by", "file").order_by("pk"))


def answer_picture(entry: BlacklistEntry, act_id: int) -> BlacklistAct:
    """Return an answer with its picture; NotFound where there is none, or none any more."""
    act = entry.acts.filter(pk=act_id, file__isnull=False).select_related("file").first()
    if act is None or entry.application.forgotten_at is not None:
        raise NotFound("没有找到这张图片")
    return act


def latest_act(entry: BlacklistEntry) -> int:
    """Return the key of what was done last about an entry: what a page shows, and what an act is upon."""
    return int(entry.acts.order_by("-pk").values_list("pk", flat=True)[0])


def days_to_answer(entry: BlacklistEntry) -> int:
    """Return how many days the person has, as the law had it when the entry was proposed."""
    return (entry.answer_until - timezone.localdate(entry.proposed_at)).days


def last_day_to_answer(entry: BlacklistEntry) -> date | None:
    """Return the last day on which the person may answer: the days run from when they were told (告知之日).

    Who left no phone number, or whom the message did not reach, is told by the notice that is served; None until then.
    """
    served = entry.acts.filter(kind=BlacklistAct.Kind.SERVED).first()
    if served is not None:
        return max(entry.answer_until, timezone.localdate(served.at) + timedelta(days=days_to_answer(entry)))
    applicant = entry.application.applicant
    missed = undelivered_messages().filter(
        template=wordings.BLACKLISTING, recipient=applicant.user_id, created_at=entry.proposed_at
    )
    return None if not applicant.phone or missed.exists() else entry.answer_until


def may_answer(entry: BlacklistEntry, last: date | None, on: date) -> bool:
    """Whether the days in which the person may answer, up to `last_day_to_answer`, are not over; they do not run before it was told."""
    return entry.state == State.PROPOSED and (last is None or on <= last)


def may_take_down(entry: BlacklistEntry, user: User) -> bool:
    """Whether somebody takes down the person's answer at the counter of the office: not whoever proposed the entry."""
    return holds_at(user, Permission.SERVE_AT_COUNTER, entry.authority_id) and not are_one_person(
        entry.proposed_by, user
    )


def is_entry_as_written(entry: BlacklistEntry) -> bool:
    """Whether an entry is what the product wrote: one that is not stands against nobody and the audit names it."""
    try:
        return is_as_written(entry)
    except SealBroken:
        return False


def standing_against(application: Application, on: date) -> list[BlacklistEntry]:
    """Return what stands on the list on a day about the person of an application; a note to the officer, never a refusal.

    The same person is who has the same number, by its keyed index: a name in common says nothing.
    """
    number = application.applicant.document_number
    if not number:
        return []
    rows = BlacklistEntry.objects.filter(
        _PUBLISHED, application__applicant__document_index=blind_index(number), expires_on__gte=on
    )
    found = rows.exclude(application=application).select_related("authority", "application").order_by("decided_at")
    return [entry for entry in found if is_entry_as_written(entry)]


def published_entries(on: date) -> QuerySet[BlacklistEntry]:
    """Return what is published on a day, the newest first."""
    rows = BlacklistEntry.objects.filter(_PUBLISHED, expires_on__gte=on)
    return rows.select_related("application__applicant", "authority").order_by("-decided_at", "pk")


def not_over(on: date) -> QuerySet[BlacklistEntry]:
    """Return the entries whose papers are still needed on a day: not decided, or on the list."""
    return BlacklistEntry.objects.filter(
        Q(state__in=[State.PROPOSED, State.DRAFTED]) | _PUBLISHED & Q(expires_on__gte=on)
    )


def entry_over_since(application: Application) -> datetime | None:
    """Return since when the entry that came of an application is over: dropped, taken off or run out; None without one."""
    entry = entry_of(application)
    if entry is None:
        return None
    if entry.is_published and entry.expires_on is not None:
        return timezone.make_aware(datetime.combine(entry.expires_on, time.max))
    return entry.removed_at or entry.decided_at


def _found(rows: QuerySet[BlacklistEntry], entry_id: UUID) -> BlacklistEntry:
    entry = rows.filter(pk=entry_id).first()
    if entry is None:
        raise NotFound("没有找到黑名单中的这一项")
    return entry
