"""Files that bear whole numbers go out one way: recorded first, then sent."""

from __future__ import annotations

from django.db.models import Model
from django.http import FileResponse, HttpRequest
from django.utils import timezone

from xueji.cases.models import Case, Evidence
from xueji.documents.models import StoredFile
from xueji.institutions.models import School
from xueji.ledger.tags import EventTag
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


def evidence_paper(request: HttpRequest, case: Case, found: Evidence) -> FileResponse:
    """Send what proves something in a case: copies of identity cards and registers, so as much a paper as a roster."""
    record_fetch(
        subject=found, parent=case, school=case.school, name=found.file_name, persons=1, by=request.user,
        at=timezone.now(), file=found.file_id, tag=EventTag.EVIDENCE_VIEWED,
    )  # fmt: skip
    return stored_answer(found.file, found.file_name)


def made_paper(
    request: HttpRequest, data: bytes, name: str, media_type: str, *, subject: Model, school: School, persons: int
) -> FileResponse:
    """Send a file made for this request; that it was taken is in the ledger before the first byte goes."""
    record_fetch(subject=subject, school=school, name=name, persons=persons, by=request.user, at=timezone.now())
    return made_answer(data, name, media_type, inline=True)
