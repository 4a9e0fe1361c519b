"""Printing on blanks: load a run, confirm its sheets, spoil one, give up what was not printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from xueji.accounts.models import User
from xueji.blanks.models import Blank
from xueji.certificates.locks import lock_paper
from xueji.certificates.models import Certificate, Issue
from xueji.certificates.stages import require_stage
from xueji.core.errors import BadInput, Conflict
from xueji.core.packs import PackView
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.production.actions.printing import calibration_for, document_key, require_ready, start_rendering
from xueji.production.blankbook import (
    record_good,
    record_spoiled,
    record_unused,
    sheets_with_serials,
    stock_of,
    take,
    wanted,
)
from xueji.production.catalogue import Printable, blank_spec_for, certificate_kind_of, is_central, printable_for
from xueji.production.form_data import in_paper_order, to_print
from xueji.production.kinds import kind_of
from xueji.production.models import Printer, PrintRun, PrintSheet, SheetOutcome
from xueji.production.refusals import refusal
from xueji.production.reprinting import refuse_without_reprint
from xueji.production.rights import require_printing_right
from xueji.production.windows import prints_from

MOST_SHEETS = 5000  # a run is confirmed by hand: larger ones only hide mistakes


@dataclass(frozen=True, slots=True)
class Tray:
    """What goes into the printer: the form, the printer, the serials in the tray and how they lie.

    `most` limits a run where no serials are given; `serials` is the field as typed or scanned.
    """

    document: str
    printer: Printer | None = None
    serials: str = ""
    tray_order: str = PrintRun.TrayOrder.FIRST_ON_TOP
    most: int = MOST_SHEETS


@transaction.atomic
def load_print_run(*, issue: Issue, tray: Tray, by: User, at: datetime) -> PrintRun:
    """Put blanks under the certificates that have no good sheet yet, and start printing them.

    The first certificate (by number, or as the pack orders its paper) goes on the lowest serial; `tray_order` only says which of them the printer
    draws first. Where the pack keeps no book of blanks there are no serials and every certificate left is taken.
    Two clerks at once: the issue row is locked, and the database knows one live sheet a certificate.
    """
    issue = lock_paper(issue)
    view = issue.law
    require_printing_right(by, issue, view)
    chosen = printable_for(view, issue, tray.document)
    _check_load(issue, view, chosen, at)
    calibration = calibration_for(tray.printer, issue, needed=chosen.needs_printer, cites=chosen.spec.cites)
    certificates, blanks = _filled(issue, view, chosen, tray, by=by, at=at)
    run = PrintRun.objects.create(
        issue=issue, document=document_key(view, issue, chosen), title=chosen.label, mode=chosen.mode, is_loaded=True,
        tray_order=PrintRun.TrayOrder(tray.tray_order), printer=tray.printer, calibration=calibration,
        first_number=certificates[0].number.number, last_number=certificates[-1].number.number,
        sheet_count=len(certificates), requested_by=by, requested_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            PrintSheet.objects.bulk_create(
                PrintSheet(run=run, ordinal=n, certificate=certificate, blank=blank)
                for n, (certificate, blank) in enumerate(zip(certificates, blanks, strict=True), start=1)
            )
    except IntegrityError as error:
        raise Conflict("其中有证书或空白证书刚被装入另一次打印，请刷新后重试") from error
    record_event(
        tag=EventTag.PRINT_LOADED, subject=run, by=by, at=at, parent=issue, view=view, school_id=issue.school_id,
        rules=[Basis(f"print.{chosen.spec.key}", chosen.spec.cites)],
        after={"sheets": len(certificates), "first": run.first_number, "last": run.last_number,
               "blanks": tray.serials.strip(), "tray_order": run.tray_order},
    )  # fmt: skip
    return start_rendering(run, chosen.spec, view, by=by, at=at)


def _filled(
    issue: Issue, view: PackView, chosen: Printable, tray: Tray, *, by: User, at: datetime
) -> tuple[list[Certificate], list[Blank | None]]:
    """Return the certificates of the run and the blank under each (None where no book of blanks is kept)."""
    kind = certificate_kind_of(chosen.spec)
    waiting = list(in_paper_order(to_print(issue, kind), view)[:MOST_SHEETS])
    if not waiting:
        raise Conflict("这一批次的证书都已打印完好或正在打印，没有需要打印的")
    spec = blank_spec_for(view, issue.school, kind)
    if spec is None:
        certificates = waiting[: tray.most]
        _refuse_second(issue, certificates, view)
        return certificates, [None] * len(certificates)
    numbers = wanted(spec, tray.serials, len(waiting))
    certificates = waiting[: len(numbers)]
    _refuse_second(issue, certificates, view)
    return certificates, list(take(stock_of(issue, view, by), spec, numbers, by=by, at=at))


def _refuse_second(issue: Issue, certificates: Sequence[Certificate], view: PackView) -> None:
    """Refuse what was spoiled and needs a case before it is printed again; some kinds of paper never do."""
    if kind_of(issue).reprints_need_case:
        refuse_without_reprint(certificates, view)


def _check_load(issue: Issue, view: PackView, chosen: Printable, at: datetime) -> None:
    """Refuse a sample, an issue not numbered, a stage out of order, and central printing before its day."""
    if not chosen.is_diploma or chosen.mode == PrintRun.Mode.SAMPLE:
        raise BadInput(f"「{chosen.label}」不装空白证书打印")
    require_ready(issue)
    require_stage(issue, "print")
    opening = prints_from(issue) if is_central(view) else None
    if opening and timezone.localdate(at) < opening[0]:
        raise refusal(
            "print.central_from", f"统一打印自 {opening[0]:%Y-%m-%d} 开始", cites=opening[1].cites,
            remedy="请在该日以后打印",
        )  # fmt: skip


@transaction.atomic
def confirm_sheets(*, run: PrintRun, first: int, last: int, by: User, at: datetime) -> int:
    """Confirm the sheets from ordinal to ordinal as good, those spoiled in between left out; return how many.

    Two confirmations at once: the second finds nothing pending and says so.
    """
    run = _locked_run(run, by)
    pending = _pending(run).filter(ordinal__range=(first, last))
    return _confirm(run, list(pending), by=by, at=at)


@transaction.atomic
def confirm_serials(*, run: PrintRun, serials: str, by: User, at: datetime) -> int:
    """Confirm as good the sheets that lie on these serials, typed or scanned; return how many."""
    run = _locked_run(run, by)
    sheets = _with_serials(run, serials)
    return _confirm(run, sheets, by=by, at=at)


@transaction.atomic
def spoil_sheet(*, sheet: PrintSheet, reason: str, by: User, at: datetime) -> PrintSheet:
    """Mark a sheet as spoiled, before or after it was confirmed as good; its blank is spoiled with it.

    The certificate then waits for another sheet. A diploma that was sealed or handed out is not spoiled but voided or
    replaced, by a case of its own.
    """
    if not (reason := reason.strip()):
        raise BadInput("请写明作废原因")
    run = _locked_run(sheet.run, by)
    sheet = (
        PrintSheet.objects.select_for_update(of=("self",))
        .select_related("certificate__number", "blank__school", "blank__holder")
        .get(pk=sheet.pk)
    )
    if sheet.outcome not in (SheetOutcome.PENDING, SheetOutcome.GOOD):
        raise Conflict(f"{sheet} 已登记为「{sheet.get_outcome_display()}」")
    if run.issue.sealed_at is not None or sheet.certificate.hand_outs.exists():
        raise Conflict("证书已验印或已发放，不能登记为打印作废；请按作废或更换证书办理")
    before = sheet.outcome
    sheet.outcome, sheet.reason, sheet.confirmed_by, sheet.confirmed_at = SheetOutcome.SPOILED, reason[:200], by, at
    sheet.save(update_fields=["outcome", "reason", "confirmed_by", "confirmed_at"])
    record_spoiled([sheet], reason, by=by, at=at)
    record_event(
        tag=EventTag.SHEET_SPOILED, subject=sheet, by=by, at=at, parent=run.issue, school_id=run.issue.school_id,
        before={"outcome": before}, after=_shown([sheet])[0], note=reason,
    )  # fmt: skip
    return sheet


@transaction.atomic
def give_up_rest(*, run: PrintRun, by: User, at: datetime) -> int:
    """Give up the sheets still pending: their blanks go back to stock, their certificates wait again."""
    run = _locked_run(run, by)
    sheets = list(_pending(run))
    if not sheets:
        raise Conflict("没有待确认的证书")
    _settle(sheets, SheetOutcome.UNUSED, by=by, at=at)
    record_unused(sheets, by=by, at=at)
    record_event(
        tag=EventTag.PRINT_GIVEN_UP, subject=run, by=by, at=at, parent=run.issue, school_id=run.issue.school_id,
        after={"sheets": _shown(sheets)},
    )  # fmt: skip
    return len(sheets)


def _confirm(run: PrintRun, sheets: list[PrintSheet], *, by: User, at: datetime) -> int:
    if not sheets:
        raise Conflict("这些证书已经确认过，没有待确认的")
    if not run.files.exists():
        raise Conflict("打印文件还没有生成好，不能确认")
    _settle(sheets, SheetOutcome.GOOD, by=by, at=at)
    record_good(sheets, by=by, at=at)
    record_event(
        tag=EventTag.SHEETS_CONFIRMED, subject=run, by=by, at=at, parent=run.issue, school_id=run.issue.school_id,
        after={"count": len(sheets), "first": _shown(sheets[:1]), "last": _shown(sheets[-1:])},
    )  # fmt: skip
    return len(sheets)


def _settle(sheets: Sequence[PrintSheet], outcome: SheetOutcome, *, by: User, at: datetime) -> None:
    PrintSheet.objects.filter(pk__in=[sheet.pk for sheet in sheets]).update(
        outcome=outcome, confirmed_by=by, confirmed_at=at
    )


def _shown(sheets: Sequence[PrintSheet]) -> list[dict[str, object]]:
    return [
        {"sheet": sheet.ordinal, "number": sheet.certificate.number.number, "blank": sheet.blank and sheet.blank.serial}
        for sheet in sheets
    ]


def _locked_run(run: PrintRun, by: User) -> PrintRun:
    """Return the run with its row and the paper of its issue locked: nothing is spoiled while it is being sealed."""
    lock_paper(run.issue)
    rows = PrintRun.objects.select_for_update(of=("self",)).select_related(
        "issue__school__authority", "issue__authority", "issue__case"
    )
    run = rows.get(pk=run.pk)
    require_printing_right(by, run.issue, run.issue.law)
    if not run.is_loaded:
        raise BadInput("这次打印没有装入空白证书")
    return run


def _pending(run: PrintRun) -> QuerySet[PrintSheet]:
    rows = run.sheets.filter(outcome=SheetOutcome.PENDING).select_for_update(of=("self",))
    return rows.select_related("certificate__number", "blank__school", "blank__holder")


def _with_serials(run: PrintRun, text: str) -> list[PrintSheet]:
    view = run.issue.law
    sheets = list(_pending(run))
    spec = next((view.blank(sheet.blank.kind) for sheet in sheets if sheet.blank), None)
    if spec is None:
        raise Conflict("这次打印没有待确认的空白证书流水码")
    return sheets_with_serials(sheets, text, spec)
