"""Files that bear whole numbers go out one way: recorded first, then sent."""

from __future__ import annotations

from django.db.models import Model
from django.http import FileResponse, HttpRequest
from django.utils import timezone

from xueji.documents.models import StoredFile
from xueji.institutions.models import School
from xueji.registry.actions import record_fetch
from xueji.web.listing import made_answer, stored_answer


def stored_paper(
    request: HttpRequest, file: StoredFile, name: str, *, subject: Model, school: School, persons: int
) -> FileResponse:
    """Send a stored file with whole numbers in it; that it was taken is in the ledger before the first byte goes."""
    record_fetch(
        subject=subject, school=school, name=name, persons=persons, by=request.user, at=timezone.now(), file=file.pk
    )
    return stored_answer(file, name)


def made_paper(
    request: HttpRequest, data: bytes, name: str, media_type: str, *, subject: Model, school: School, persons: int
) -> FileResponse:
    """Send a file made for this request; that it was taken is in the ledger before the first byte goes."""
    record_fetch(subject=subject, school=school, name=name, persons=persons, by=request.user, at=timezone.now())
    return made_answer(data, name, media_type, inline=True)
