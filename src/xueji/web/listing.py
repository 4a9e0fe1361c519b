"""Pages of lists, stored files as answers: what every portal's views share."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any, BinaryIO

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property

from xueji.core.errors import NotFound
from xueji.documents.models import StoredFile
from xueji.documents.storage import open_stored

PAGE_SIZE = 50
SIZES = (20, 50, 100, 200)
_SIZE = "page_size"  # in the session
_OPENED_WHOLE = 8 * 1024 * 1024


class _UpTo(Paginator):  # type: ignore[type-arg]  # generic for the checker alone
    """A list that is counted up to a number: beyond it there are more, and how many costs too much to ask."""

    def __init__(self, found: QuerySet[Any], size: int, most: int) -> None:
        super().__init__(found, size)
        self.most = most

    @cached_property
    def count(self) -> int:
        """Return how many there are, at most `most`."""
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]  # given as such above
        return rows.order_by().values("pk")[: self.most].count()

    @property
    def is_more(self) -> bool:
        """Whether there may be more than are counted."""
        return self.count == self.most


def page_of(
    request: HttpRequest, found: QuerySet[Any] | Sequence[Any], size: int | None = None, *, most: int | None = None
) -> Page[Any]:
    """Return the page the request asks for; a number out of range gives the nearest page. `most` bounds the counting.

    Without a size of its own a list is as long as the person likes theirs (`SIZES`).
    """
    shown = size or _size_of(request)
    paginator = Paginator(found, shown) if most is None else _UpTo(found, shown, most)
    paginator.sizes = () if size else SIZES  # type: ignore[union-attr]  # read by the links below the list
    return paginator.get_page(request.GET.get("page"))


def _size_of(request: HttpRequest) -> int:
    """Return how many lines a person likes a page to have: asked for in the address once, kept in the session from then on."""
    asked = request.GET.get("size", "")
    if asked.isascii() and asked.isdecimal() and len(asked) < 4 and int(asked) in SIZES:
        if request.session.get(_SIZE) != int(asked):
            request.session[_SIZE] = int(asked)
        return int(asked)
    kept = request.session.get(_SIZE)
    return kept if kept in SIZES else PAGE_SIZE


def stored_answer(file: StoredFile, name: str, *, inline: bool = False) -> FileResponse:
    """Return a stored file under a name people can read; FileBroken when it was changed on the disk, NotFound when its term was over.

    A small one is opened whole before the first byte goes out. A big one is opened chunk by chunk, so that it never
    lies in memory: its ends now, and at a broken chunk in the middle the answer breaks off short of its length.
    """
    if file.erased_at is not None:
        raise NotFound(f"这份文件已于 {timezone.localdate(file.erased_at):%Y-%m-%d} 按期删除")
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
