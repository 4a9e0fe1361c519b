"""Kinds of upload: who may send one about what, how it is read, what confirming it writes.

An app registers its kinds when it is ready; uploads never import the apps above them, nor the reader of workbooks:
a kind brings its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from xueji.accounts.models import User
from xueji.core.findings import Citation, Finding, Severity
from xueji.core.packs import PackView
from xueji.institutions.models import Authority, School
from xueji.jobs.progress import JobProgress

if TYPE_CHECKING:
    from xueji.uploads.models import Upload, UploadRow


class PlacedFinding(Protocol):
    """A finding with its place in the workbook, as a reader of workbooks gives it."""

    @property
    def sheet(self) -> str:
        """Sheet, as the sender sees it."""

    @property
    def row(self) -> int:
        """1-based row; 0 where it is about no row."""

    @property
    def column(self) -> str:
        """Header of the column that was read."""

    @property
    def severity(self) -> Severity:
        """How bad it is."""

    @property
    def rule(self) -> str:
        """Name of the rule."""

    @property
    def message(self) -> str:
        """What is wrong."""

    @property
    def remedy(self) -> str:
        """What to do."""

    @property
    def cites(self) -> tuple[Citation, ...]:
        """Clauses it stands on."""


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row as read: its place, whom or what it is about, its content as text, how it differs from what is stored."""

    row_number: int
    name: str
    payload: str
    change: str = "new"  # UploadRow.Change
    change_summary: str = ""
    photo_id: str | None = None
    sheet: str = ""
    part: int = 0


@dataclass(frozen=True, slots=True)
class UploadReading:
    """What a kind made of the files: every row, every finding at once, and the workbook with the findings marked."""

    rows: Sequence[ReadRow]
    findings: Sequence[PlacedFinding]
    error_workbook: bytes | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What uploads are about: how it is found, held, named. Kinds about the same thing share one.

    `find` is for pages (somebody who may see it, else NotFound), `get` for the job, on nobody's behalf. `lock` returns it
    as it is now, held until the transaction ends; Conflict when nothing may be uploaded about it.
    """

    find: Callable[[User, Any], Any]
    get: Callable[[int], Any]
    lock: Callable[[Any], Any]
    place: Callable[[Any], School | Authority]  # whose upload it is
    title: Callable[[Any], str]
    law: Callable[[Any], PackView]  # under which it is judged


May = Callable[[User, Any], None]  # raises NotPermitted unless somebody may


class Confirm(Protocol):
    """How a kind writes the rows of a faultless upload."""

    def __call__(
        self, *, upload: Upload, subject: Any, rows: Sequence[UploadRow], by: User, at: datetime
    ) -> Mapping[str, Any]:
        """Write the rows, all or none, and return what the ledger is to say of it.

        It runs in the transaction of the confirmation with the subject locked, asks again whatever may have changed
        since the reading, and raises RuleViolation with what it finds.
        """


def _as_it_is(_subject: Any) -> None:
    """Most kinds may be sent about whatever subject there is."""


@dataclass(frozen=True, slots=True)
class UploadKind:
    """One kind of upload; its registration is all there is to it, beside its page (`web/upload_pages.py`).

    `label` is what is sent (毕业生数据): the ledger says «上传…», «确认…入库». `require` raises NotPermitted unless the person
    may send, confirm and give up such uploads about the subject; `suits` refuses a subject the kind is not made for,
    `settle` one whose state lets nothing in now. `read` takes the files to rows and findings, all at once; XuejiError
    when they cannot be read at all. `no_rows` is what is said of a workbook without one. Where a kind `leaves_out` rows, an
    error in one that is read as LEFT_OUT keeps out that row alone: the others are confirmed, the row comes back marked.
    Where a kind takes a `second_hand`, another person than the sender confirms or gives up, and it raises NotPermitted unless
    they may. Uploads of a kind that `waits_beside` hold students one by one: a new one takes the place of none.
    """

    key: str
    label: str
    subject: Subject
    require: May
    read: Callable[[Upload, JobProgress], UploadReading]
    confirm: Confirm
    no_rows: Callable[[Any], Finding]
    suits: Callable[[Any], None] = _as_it_is
    settle: Callable[[Any], None] = _as_it_is
    workbook_label: str = ""  # in refusals of a file; else the label
    takes_photos: bool = False
    leaves_out: bool = False
    second_hand: May | None = None
    waits_beside: bool = False


_kinds: dict[str, UploadKind] = {}


def register(kind: UploadKind) -> UploadKind:
    """Make a kind known; a second kind under the same key is a bug."""
    if _kinds.setdefault(kind.key, kind) != kind:
        raise ValueError(f"upload kind {kind.key!r} is registered twice")
    return kind


def kind_of(key: str) -> UploadKind:
    """Return a registered kind; an unknown key is a bug."""
    if key not in _kinds:
        raise ValueError(f"upload kind {key!r} is not registered; known: {', '.join(_kinds) or 'none'}")
    return _kinds[key]
