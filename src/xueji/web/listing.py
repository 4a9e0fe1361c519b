"""Pages of lists, stored files as answers: what every portal's views share."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest

from xueji.documents.models import StoredFile
from xueji.documents.storage import stored_path

PAGE_SIZE = 50


def page_of(request: HttpRequest, found: QuerySet[Any], size: int = PAGE_SIZE) -> Page[Any]:
    """Return the page the request asks for; a number out of range gives the nearest page."""
    return Paginator(found, size).get_page(request.GET.get("page"))


def stored_answer(file: StoredFile, name: str, *, inline: bool = False) -> FileResponse:
    """Return a stored file under a name people can read."""
    answer = FileResponse(
        stored_path(file.sha256).open("rb"), as_attachment=not inline, filename=name, content_type=file.media_type
    )
    return _guarded(answer)


def made_answer(data: bytes, name: str, media_type: str, *, inline: bool = False) -> FileResponse:
    """Return bytes made for this request."""
    return _guarded(FileResponse(BytesIO(data), as_attachment=not inline, filename=name, content_type=media_type))


def _guarded(answer: FileResponse) -> FileResponse:
    """Files hold personal data: no shared cache keeps them, no browser guesses their type."""
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
