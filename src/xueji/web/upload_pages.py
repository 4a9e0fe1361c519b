"""The page of each kind of upload: one view, one template; what a kind says of its own is registered here.

A portal registers its pages when the web app is ready; the URL table reads them from here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from xueji.accounts.permissions import Permission
from xueji.uploads.models import Upload


@dataclass(frozen=True, slots=True)
class UploadWords:
    """What the page of a kind calls things."""

    rows: str = "行数"  # over the count of rows
    each: str = "姓名"  # what a row is about
    against: str = "与已登记的"  # what rows are compared with
    before: str = "确认之前不会改动任何数据。"  # beside the button that confirms
    discard: str = "放弃这份上传？登记不会改动。"
    discarded: str = "已放弃这份上传，登记未作改动"
    confirmed: str = "已确认入库：{count} 行"
    nothing: str = "没有读到数据。"
    removed: str = ""  # what becomes of a stored row that the file no longer names; empty: nothing does


@dataclass(frozen=True, slots=True)
class UploadPage:
    """The page on which uploads of these kinds are looked at, confirmed and given up.

    Its addresses are `path`, named `uploads:<name>`, `…_errors`, `…_confirmation`, `…_discard`, `…_photo`.
    `frame` is a template that extends `uploads/upload.html` by its crumbs and head, `context` what it needs; `again` and `done` are
    where to send the next one and where to go once it is confirmed. `view` may look, `act` may do.
    """

    name: str
    path: str
    kinds: tuple[str, ...]
    view: Permission
    act: Permission
    frame: str
    context: Callable[[Upload], dict[str, Any]]
    again: Callable[[Upload], str]
    done: Callable[[Upload], str]
    words: UploadWords = UploadWords()
    shows_identity: bool = True
    shows_photos: bool = False

    @property
    def key(self) -> str:
        """Return the name under which its addresses carry the key of an upload."""
        return f"{self.name}_upload_id"


_pages: dict[str, UploadPage] = {}


def register_page(page: UploadPage) -> UploadPage:
    """Make the page of some kinds known; a second page under one name is a bug."""
    if _pages.setdefault(page.name, page) != page:
        raise ValueError(f"upload page {page.name!r} is registered twice")
    return page


def address_of(upload: Upload) -> str:
    """Return where an upload is looked at and confirmed; StopIteration for a kind no page takes."""
    page = next(page for page in _pages.values() if upload.kind in page.kinds)
    return reverse(f"uploads:{page.name}", kwargs={page.key: upload.pk})


def registered_pages() -> tuple[UploadPage, ...]:
    """Return all pages, for the URL table."""
    return tuple(_pages.values())
