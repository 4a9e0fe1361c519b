"""The pictures of a graduate's papers go when their term is over; what was stated, decided and asked for stays (PIPL 第十九条)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import cast

from django.db import transaction
from django.utils import timezone

from xueji.applications.blacklist_queries import entry_over_since
from xueji.applications.making_kinds import making_of
from xueji.applications.models import Application, BlacklistAct, CounterEntry
from xueji.applications.queries import centres_with_applications, ended_before
from xueji.core.packs import PackView
from xueji.documents.models import StoredFile
from xueji.documents.storage import erase_stored
from xueji.institutions.queries import pack_over
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag

KEPT_DAYS = "papers_kept_days"


def erase_due_papers(*, at: datetime) -> int:
    """Erase the pictures of every application whose term is over; return of how many. Each is a transaction of its own.

    Nothing is erased where the law over a centre sets no term.
    """
    today, erased = timezone.localdate(at), 0
    for centre in centres_with_applications():
        view = pack_over(centre).on(today)
        if (days := view.value_or(KEPT_DAYS, None)) is not None:
            last = today - timedelta(days=cast("int", days))
            erased += sum(_erase(application, view, last, at) for application in ended_before(centre, last, today))
    return erased


def over_since(application: Application) -> datetime | None:
    """Return since when an application is over for its applicant: refused, withdrawn, or what was made of it in their hands.

    One that brought them on the blacklist is over with the entry.
    """
    making = making_of(application.kind) if application.state == Application.State.APPROVED else None
    if making is not None:
        return making.reached(application)
    return entry_over_since(application) or application.ended_at


@transaction.atomic
def _erase(application: Application, view: PackView, last: date, at: datetime) -> bool:
    """Erase the pictures of one application that was over before the last day that counts; once."""
    since = over_since(application)
    if since is None or timezone.localdate(since) >= last:
        return False
    locked = Application.objects.select_for_update().get(pk=application.pk)
    if locked.forgotten_at is not None:  # by whoever ran at the same time
        return False
    erased = erase_stored(_pictures_of(locked), at=at)
    locked.forgotten_at = at
    locked.save()
    record_event(
        tag=EventTag.MATERIALS_ERASED, subject=locked, parent=locked.case, by=None, at=at, authority_id=locked.centre_id, view=view,
        after={
            "papers": sorted(set(locked.materials.values_list("paper", flat=True))),
            "files": sorted(file.address for file in erased), "over_since": timezone.localdate(since),
        },
    )  # fmt: skip
    return True


def _pictures_of(application: Application) -> list[StoredFile]:
    """Return the files kept for an application alone: its pictures, the signature, the power of attorney, what was answered with."""
    files = [picture.file for picture in application.materials.select_related("file")]
    if application.signature is not None:
        files.append(application.signature)
    answers = BlacklistAct.objects.filter(entry__application=application, file__isnull=False).select_related("file")
    files += [answer.file for answer in answers if answer.file is not None]
    entries = CounterEntry.objects.filter(application=application, power__isnull=False).select_related("power")
    return files + [entry.power for entry in entries if entry.power is not None]
