"""Pages of what was rendered already: a run as one file or by its parts, one sheet or one page of a list again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from xueji.accounts.models import User
from xueji.certificates.models import CertificateState
from xueji.core.errors import BadInput, Conflict
from xueji.documents.binding import bind_pages, some_pages
from xueji.documents.storage import read_stored
from xueji.ledger.tags import EventTag
from xueji.production.actions.printing import record_download
from xueji.production.catalogue import is_on_counted_blanks
from xueji.production.models import HandOut, PrintFile, PrintRun, PrintSheet, SheetOutcome
from xueji.production.refusals import refusal
from xueji.production.reprinting import needs_case, reprint_cites
from xueji.production.rights import require_file_right
from xueji.registry.actions import record_fetch


@transaction.atomic
def take_pages(
    *, run: PrintRun, by: User, at: datetime, sheet: PrintSheet | None = None, part: PrintFile | None = None
) -> bytes:
    """Return all parts of a loaded run as one PDF, or one part or one sheet of it alone, and record that it was taken.

    Of a file only those pages are given that may still be printed. One that was confirmed as good would be a second
    diploma, and where blanks are counted there is none to put it on: it is spoiled first, and where the pack asks for a
    case, that is decided. Until something is confirmed the whole file comes as often as it is asked for: the printer
    swallowed the pages, the paper is good. A pack without such a case and without a book of blanks lets good pages be
    printed again at once; the record keeps who did it. Never a page of a diploma that is void or was handed out.
    """
    require_file_right(by, run)
    parts = [each for each in run.files.select_related("file") if part is None or each.pk == part.pk]
    if not parts or run.file_id is None:
        raise Conflict("文件还没有生成好，请稍候")
    sheets = _sheets_of(run, parts) if sheet is None else [_require_printable_again(run, sheet)]
    if not sheets:
        raise Conflict(
            f"{run.issue.school.name}这次装入的证书都已登记（完好、作废或没有打印），没有待打印的；损坏的请先登记作废，再重新装纸打印"
        )
    numbers = [sheet.certificate.number.number] if sheet is not None else []
    record_fetch(
        subject=run, parent=run.issue, school=run.issue.school, name=run.title, persons=len(sheets), by=by, at=at,
        file=run.file_id if part is None else part.file_id, tag=EventTag.PRINT_DOWNLOADED,
        sheet=sheet and sheet.ordinal, part=part and part.ordinal, numbers=numbers,
    )  # fmt: skip
    wanted = {sheet.ordinal for sheet in sheets}
    return bind_pages([_pages_of(part, wanted) for part in parts if wanted & set(_ordinals_of(part))])[0]


def _pages_of(part: PrintFile, wanted: Collection[int]) -> bytes:
    """Return the pages of a part on which the wanted sheets are, in its own order: what is whole stays as it is."""
    data, ordinals = read_stored(part.file_id), _ordinals_of(part)
    if all(ordinal in wanted for ordinal in ordinals):
        return data
    return some_pages(data, [abs(ordinal - part.first_sheet) for ordinal in ordinals if ordinal in wanted])


def _ordinals_of(part: PrintFile) -> range:
    first, last = sorted((part.first_sheet, part.last_sheet))  # the last sheet may come first
    return range(first, last + 1)


@transaction.atomic
def take_runs(*, runs: Iterable[PrintRun], by: User, at: datetime) -> bytes:
    """Return several loaded runs as one PDF, school after school; each is recorded as taken by itself."""
    ordered = sorted(set(runs), key=lambda run: (run.issue.school.code, run.pk))
    return bind_pages([take_pages(run=run, by=by, at=at) for run in ordered])[0]


def _sheets_of(run: PrintRun, parts: Sequence[PrintFile]) -> list[PrintSheet]:
    """Return the sheets of some parts whose pages may be printed now."""
    outcomes = [SheetOutcome.PENDING, *([] if _good_stands(run) else [SheetOutcome.GOOD])]
    bounds = [(ordinals[0], ordinals[-1]) for ordinals in map(_ordinals_of, parts)]
    rows = run.sheets.filter(outcome__in=outcomes, ordinal__range=(min(bounds)[0], max(bounds)[1]))
    rows = rows.exclude(certificate__state=CertificateState.VOID)
    return list(rows.exclude(Exists(HandOut.objects.filter(certificate=OuterRef("certificate")))))


def _good_stands(run: PrintRun) -> bool:
    """Whether a sheet that was confirmed as good is not printed again before it is spoiled."""
    view = run.issue.law
    return is_on_counted_blanks(view, run.document) or needs_case(view)


def _require_printable_again(run: PrintRun, sheet: PrintSheet) -> PrintSheet:
    if sheet.run_id != run.pk or sheet.outcome not in (SheetOutcome.PENDING, SheetOutcome.GOOD):
        raise Conflict("这一张已登记作废或没有打印，请重新装纸打印")
    number = sheet.certificate.number.number
    if sheet.certificate.state == CertificateState.VOID:
        raise Conflict(f"证书 {number} 已作废，不能再打印；需要换发的，请在证书页面办理更换")
    if sheet.certificate.hand_outs.exists():
        raise Conflict(f"证书 {number} 已发放，不能再打印一本；有误的请在证书页面办理更正或作废")
    if sheet.outcome == SheetOutcome.GOOD and _good_stands(run):
        view = run.issue.law
        raise refusal(
            "print.good_sheet_stands", f"{sheet} 已登记完好，不能在另一张空白证书上再印一本", cites=reprint_cites(view),
            remedy="确实损坏的，先登记作废" + ("，经批准后重打" if needs_case(view) else "，再装纸打印"),
        )  # fmt: skip
    return sheet


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
    return some_pages(read_stored(file.pk), [page - 1])
