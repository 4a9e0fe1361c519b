"""Pages of what was rendered already: a whole run as one file, one sheet or one page of a list again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from xueji.accounts.models import User
from xueji.core.errors import BadInput, Conflict
from xueji.documents.binding import bind_pages, one_page
from xueji.documents.storage import read_stored
from xueji.ledger.tags import EventTag
from xueji.production.actions.printing import record_download
from xueji.production.catalogue import is_on_counted_blanks
from xueji.production.models import PrintFile, PrintRun, PrintSheet, SheetOutcome
from xueji.production.refusals import refusal
from xueji.production.reprinting import needs_case, reprint_cites
from xueji.production.rights import require_file_right
from xueji.registry.actions import record_fetch


@transaction.atomic
def take_pages(*, run: PrintRun, by: User, at: datetime, sheet: PrintSheet | None = None) -> bytes:
    """Return all parts of a loaded run as one PDF, or one sheet of it alone, and record that it was taken.

    One sheet again is for its own blank, still pending: the printer swallowed the page, the paper is good. Of a sheet
    that was confirmed as good there would be a second diploma, and where blanks are counted none to put it on: it is
    spoiled first, and where the pack asks for a case, that is decided. A pack without such a case and without a book
    of blanks lets the page be printed again at once; the record keeps who did it.
    """
    require_file_right(by, run)
    parts = list(run.files.select_related("file"))
    if not parts or run.file_id is None:
        raise Conflict("文件还没有生成好，请稍候")
    if sheet is not None:
        _require_printable_again(run, sheet)
    numbers = [sheet.certificate.number.number] if sheet is not None else []
    record_fetch(
        subject=run, parent=run.issue, school=run.issue.school, name=run.title, file=run.file_id,
        persons=1 if sheet is not None else run.sheet_count, by=by, at=at, tag=EventTag.PRINT_DOWNLOADED,
        sheet=sheet and sheet.ordinal, numbers=numbers,
    )  # fmt: skip
    if sheet is None:
        return bind_pages([read_stored(part.file_id) for part in parts])[0]
    part = next(part for part in parts if sheet.ordinal in _ordinals_of(part))
    return one_page(read_stored(part.file_id), abs(sheet.ordinal - part.first_sheet))


def _ordinals_of(part: PrintFile) -> range:
    first, last = sorted((part.first_sheet, part.last_sheet))  # the last sheet may come first
    return range(first, last + 1)


@transaction.atomic
def take_runs(*, runs: Iterable[PrintRun], by: User, at: datetime) -> bytes:
    """Return several loaded runs as one PDF, school after school; each is recorded as taken by itself."""
    ordered = sorted(set(runs), key=lambda run: (run.issue.school.code, run.pk))
    return bind_pages([take_pages(run=run, by=by, at=at) for run in ordered])[0]


def _require_printable_again(run: PrintRun, sheet: PrintSheet) -> None:
    if sheet.run_id != run.pk or sheet.outcome not in (SheetOutcome.PENDING, SheetOutcome.GOOD):
        raise Conflict("这一张已登记作废或没有打印，请重新装纸打印")
    view = run.issue.law
    if sheet.outcome == SheetOutcome.GOOD and (is_on_counted_blanks(view, run.document) or needs_case(view)):
        raise refusal(
            "print.good_sheet_stands", f"{sheet} 已登记完好，不能在另一张空白证书上再印一本", cites=reprint_cites(view),
            remedy="确实损坏的，先登记作废" + ("，经批准后重打" if needs_case(view) else "，再装纸打印"),
        )  # fmt: skip


@transaction.atomic
def take_list_page(*, run: PrintRun, page: int, by: User, at: datetime) -> bytes:
    """Return one page of a printed list alone, for a page that was lost, and record that it was taken.

    It is that page of the very file that was printed: the number of the page and the seal across the edges still fit.
    """
    if run.is_loaded or run.mode or run.format != PrintRun.Format.PDF:
        raise BadInput("只有表册可以补印一页；证书请在装纸打印中办理")
    if not 1 <= page <= run.sheet_count:
        raise BadInput(f"「{run.title}」共 {run.sheet_count} 页，没有第 {page} 页")
    file = record_download(run=run, by=by, at=at, page=page)
    return one_page(read_stored(file.pk), page - 1)
