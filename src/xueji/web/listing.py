"""Pages of lists, stored files as answers: what every portal's views share."""

from __future__ import annotations

from io import BytesIO
from typing import Any, BinaryIO

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest

from xueji.documents.models import StoredFile
from xueji.documents.storage import open_stored

PAGE_SIZE = 50
_OPENED_WHOLE = 8 * 1024 * 1024


def page_of(request: HttpRequest, found: QuerySet[Any], size: int = PAGE_SIZE) -> Page[Any]:
    """Return the page the request asks for; a number out of range gives the nearest page."""
    return Paginator(found, size).get_page(request.GET.get("page"))


def stored_answer(file: StoredFile, name: str, *, inline: bool = False) -> FileResponse:
    """Return a stored file under a name people can read; FileBroken when it was changed on the disk.

    A small one is opened whole before the first byte goes out. A big one is opened chunk by chunk, so that it never
    lies in memory: its ends now, and at a broken chunk in the middle the answer breaks off short of its length.
    """
    opened: BinaryIO = open_stored(file.address)
    if file.size <= _OPENED_WHOLE:
        with opened:
            opened = BytesIO(opened.read())
    answer = FileResponse(opened, as_attachment=not inline, filename=name, content_type=file.media_type)
    return _guarded(answer)


def made_answer(data: bytes, name: str, media_type: str, *, inline: bool = False) -> FileResponse:
    """Return bytes made for this request."""
    return _guarded(FileResponse(BytesIO(data), as_attachment=not inline, filename=name, content_type=media_type))


def _guarded(answer: FileResponse) -> FileResponse:
    """Files hold personal data: no shared cache keeps them, no browser guesses their type."""
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
