"""Read uploads: those about a subject, the one a person may see."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Model, Q, QuerySet

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import NotFound
from xueji.institutions.queries import pick, school_scope
from xueji.ledger.offices import model_label
from xueji.statements import Slot, Statement
from xueji.uploads.kinds import kind_of
from xueji.uploads.models import OPEN, Upload, UploadRow, UploadState

_LATEST_OPEN = Statement(
    lambda: Upload.objects.filter(kind=Slot("kind"), subject_id=Slot("subject"), state__in=OPEN).order_by("-id")[:1]
)
_LATEST_CONFIRMED = Statement(
    lambda: Upload.objects.filter(
        kind=Slot("kind"), subject_id=Slot("subject"), state=UploadState.CONFIRMED
    ).order_by("-id")[:1]
)  # fmt: skip


def uploads_of(subject: Model, *kinds: str) -> QuerySet[Upload]:
    """Return the uploads of these kinds about a subject the caller was let see, the newest first."""
    found = Upload.objects.filter(kind__in=kinds, subject_type=model_label(subject), subject_id=subject.pk)
    return found.select_related("uploaded_by")


def rows_of_uploads(subject: Model, *kinds: str) -> QuerySet[UploadRow]:
    """Return the rows of all uploads of these kinds about a subject."""
    return UploadRow.objects.filter(upload__in=uploads_of(subject, *kinds).order_by())


def open_upload_of(subject: Model, kind: str) -> Upload | None:
    """Return the upload of a kind that is being read or waits for its confirmation, None without one."""
    return _LATEST_OPEN.row(kind=kind, subject=subject.pk)


def good_beside(upload: Upload) -> Upload | None:
    """Return the faultless upload of the same kind that waits beside one that cannot be confirmed, None without one."""
    if upload.is_good or upload.kind_spec.waits_beside:
        return None
    waiting = uploads_of(upload.subject, upload.kind).filter(state=UploadState.READY, error_count=0, row_count__gt=0)
    return waiting.exclude(pk=upload.pk).first()


def confirmed_upload_of(subject: Model, kind: str) -> Upload | None:
    """Return the newest upload of a kind that was confirmed, None without one."""
    return _LATEST_CONFIRMED.row(kind=kind, subject=subject.pk)


# What another may confirm: read, and without an error; one with errors is corrected and sent again by its sender.
_CONFIRMABLE = Q(needs_another=True, state=UploadState.READY, error_count=0)


def awaiting_second_hand(user: User, permission: Permission) -> QuerySet[Upload]:
    """Return what others entered at schools and somebody with this permission there is to confirm, the oldest first (双岗)."""
    scope = school_scope(user, prefix="school__", permission=permission)
    found = Upload.objects.filter(scope, _CONFIRMABLE).exclude(uploaded_by=user.pk)
    return found.select_related("uploaded_by", "school").order_by("id")


def second_hand_counts(schools: Iterable[int]) -> dict[int, int]:
    """Return how much waits for the confirmation of another at each of the schools the caller was let see; one statement."""
    found = Upload.objects.filter(_CONFIRMABLE, school__in=list(schools))
    return dict(found.order_by().values_list("school").annotate(Count("pk")))


def upload_for(user: User, upload_id: object, kinds: Iterable[str]) -> Upload:
    """Return an upload of one of these kinds about a subject the person may see, else NotFound."""
    visible = Upload.objects.filter(kind__in=tuple(kinds)).select_related(
        "school__authority", "authority", "job", "uploaded_by", "workbook", "photos", "error_workbook"
    )
    found: Upload = pick(visible, upload_id)
    subject = kind_of(found.kind).subject.find(user, found.subject_id)
    if model_label(subject) != found.subject_type:
        raise NotFound
    found.subject = subject
    return found
