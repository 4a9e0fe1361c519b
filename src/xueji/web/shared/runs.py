"""Printing on blanks: load, preview, run. One set of pages for the school and for an authority that prints for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from xueji.core.errors import BadInput, NotFound, NotPermitted, XuejiError
from xueji.core.packs import PackView
from xueji.graduation.issues import batch_of
from xueji.graduation.models import Batch
from xueji.graduation.queries import batch_for
from xueji.institutions.models import Authority, School
from xueji.production.actions import (
    Tray,
    add_blank_picture,
    confirm_serials,
    confirm_sheets,
    give_up_rest,
    load_print_run,
    record_download,
    spoil_sheet,
    take_pages,
    take_runs,
)
from xueji.production.blankbook import stock_of, suggested
from xueji.production.catalogue import (
    Printable,
    blank_spec_for,
    certificate_kind_of,
    is_on_counted_blanks,
    modes_of,
    on_blanks,
)
from xueji.production.form_data import certificates_of, to_print
from xueji.production.models import PrintRun, PrintSheet
from xueji.production.previews import picture_of, preview
from xueji.production.queries import print_run_for, printer_for, printers_for, sheet_counts, sheets_loaded
from xueji.production.reprinting import needs_case, not_allowed
from xueji.web.downloads import made_paper
from xueji.web.forms import add_refusal, posted, require_valid
from xueji.web.listing import made_answer, page_of, stored_answer
from xueji.web.shared.run_forms import LoadForm, PictureForm, RangeForm, ScanForm, SpoilForm

MOST_TOGETHER = 50  # runs in one file


@dataclass(frozen=True, slots=True)
class Portal:
    """Whose pages these are: the names of the addresses they lead to, and the head they stand under."""

    name: str  # school | authority

    @property
    def urls(self) -> dict[str, str]:
        """The addresses, for templates."""
        names = ("load", "run", "run_file", "run_part", "preview", "blank_picture")
        return {name: f"{self.name}:{name}" for name in names}


@dataclass(frozen=True, slots=True)
class Supply:
    """What waits for paper, and the paper there is."""

    waiting: int
    pending: int
    good: int
    total: int
    blank_title: str
    suggested: str
    barred: list[PrintSheet]


def load_page(request: HttpRequest, batch_id: int, portal: Portal) -> HttpResponse:
    """Choose form, printer, tray order and blanks; start printing."""
    batch = batch_for(request.user, batch_id)
    view = batch.law
    ways = on_blanks(view, batch.issue_at_hand)
    if not ways:
        raise NotFound("这一批次的证书不在本系统打印")
    chosen = _chosen(request, ways)
    supply = _supply(request, batch, view, chosen)
    initial = {"document": chosen.key, "serials": supply.suggested, "most": supply.waiting or None}
    form = LoadForm(
        posted(request), printables=ways, printers=printers_for(request.user, batch.issue_at_hand), counted=bool(supply.blank_title),
        initial=initial,
    )  # fmt: skip
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            run = load_print_run(
                issue=batch.issue_at_hand, tray=Tray(**form.cleaned_data), by=request.user, at=timezone.now()
            )
        except XuejiError as error:
            _refuse(form, error)
            status = error.http_status
        else:
            messages.success(request, f"已装入 {run.sheet_count} 张，正在生成打印文件")
            return redirect(portal.urls["run"], run.pk)
    runs = list(batch.issue.print_runs.filter(is_loaded=True).select_related("printer", "requested_by")[:20])
    counts = sheet_counts(runs)
    context = {
        "batch": batch, "portal": portal, "form": form, "supply": supply, "chosen": chosen, "ways": ways,
        "runs": [(run, counts[run.pk]) for run in runs], "picture": picture_of(_place(request, batch, view), chosen.document),
        "picture_form": PictureForm(), "active": "printing", "can_overlay_scan": "proof" in _all_modes(chosen),
    }  # fmt: skip
    return render(request, "printing/load.html", context, status=status)


def _all_modes(chosen: Printable) -> list[str]:
    modes = chosen.spec.settings.get("modes", [])
    return [str(mode) for mode in modes] if isinstance(modes, list | tuple) else []


def _chosen(request: HttpRequest, ways: tuple[Printable, ...]) -> Printable:
    asked = request.POST.get("document") or request.GET.get("document")
    return next((way for way in ways if way.key == asked), ways[0])


def _supply(request: HttpRequest, batch: Batch, view: PackView, chosen: Printable) -> Supply:
    kind = certificate_kind_of(chosen.spec)
    waiting = to_print(batch.issue_at_hand, kind)
    ready = list(waiting)
    barred = not_allowed(ready, view)
    spec = blank_spec_for(view, batch.school, kind)
    loaded = sheets_loaded(batch.issue_at_hand, kind)
    place = _stock(request, batch, view)
    return Supply(
        waiting=len(ready), pending=loaded["pending"], good=loaded["good"],
        total=certificates_of(batch.issue_at_hand).filter(kind=kind).count(), blank_title=spec.title if spec else "",
        suggested=suggested(place, spec, len(ready) - len(barred)) if spec and place else "", barred=barred,
    )  # fmt: skip


def _stock(request: HttpRequest, batch: Batch, view: PackView) -> School | Authority | None:
    try:
        return stock_of(batch.issue_at_hand, view, request.user)
    except NotPermitted:
        return None


def _place(request: HttpRequest, batch: Batch, view: PackView) -> School | Authority:
    return _stock(request, batch, view) or batch.school


def run_page(request: HttpRequest, run_id: int, portal: Portal) -> HttpResponse:
    """Show a loaded run: files, sheets; confirm by range or by scanner, spoil one, give up the rest."""
    run = print_run_for(request.user, run_id)
    if not run.is_loaded:
        raise NotFound
    counted = _is_counted(run)
    forms: dict[str, Any] = {"range": RangeForm(), "scan": ScanForm(), "spoil": SpoilForm(counted=counted)}
    status = 200
    if request.method == "POST":
        act = request.POST.get("act", "")
        try:
            form, message = _acted(request, run, act)
        except XuejiError as error:
            if error.http_status in {403, 404}:
                raise
            form, message = forms.get(act, forms["range"]).__class__(request.POST), ""
            form.is_valid()
            _refuse(form, error)
            status = error.http_status
        if message:
            messages.success(request, message)
            return redirect(portal.urls["run"], run.pk)
        if form is not None:
            forms[act if act in forms else "range"] = form
            status = status if status != 200 else 422
    return render(request, "printing/run.html", _run_context(request, run, portal, forms), status=status)


def _acted(request: HttpRequest, run: PrintRun, act: str) -> tuple[Any, str]:
    """Do what the page's button says; return the form with its errors, or what to tell."""
    acts: dict[str, Callable[[HttpRequest, PrintRun], tuple[Any, str]]] = {
        "range": _by_range, "scan": _by_scan, "spoil": _spoiled, "give_up": _given_up,
    }  # fmt: skip
    if act not in acts:
        raise BadInput("没有这种操作")
    return acts[act](request, run)


def _by_range(request: HttpRequest, run: PrintRun) -> tuple[Any, str]:
    form = RangeForm(request.POST)
    if not form.is_valid():
        return form, ""
    count = confirm_sheets(run=run, by=request.user, at=timezone.now(), **form.cleaned_data)
    return form, f"已确认完好 {count} 张"


def _by_scan(request: HttpRequest, run: PrintRun) -> tuple[Any, str]:
    form = ScanForm(request.POST)
    if not form.is_valid():
        return form, ""
    count = confirm_serials(run=run, serials=form.cleaned_data["serials"], by=request.user, at=timezone.now())
    return form, f"已确认完好 {count} 张：{form.cleaned_data['serials']}"


def _spoiled(request: HttpRequest, run: PrintRun) -> tuple[Any, str]:
    form = SpoilForm(request.POST)
    if not form.is_valid():
        return form, ""
    sheet = _sheet_named(run, form.cleaned_data["sheet"])
    spoil_sheet(sheet=sheet, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
    return form, f"{sheet}（{sheet.certificate.holder_name}）已登记作废"


def _given_up(request: HttpRequest, run: PrintRun) -> tuple[Any, str]:
    count = give_up_rest(run=run, by=request.user, at=timezone.now())
    return None, f"已放弃 {count} 张" + ("，空白证书退回库存" if _is_counted(run) else "，可以另行装纸打印")


def _sheet_named(run: PrintRun, text: str) -> PrintSheet:
    """Return the sheet a person means: by the serial of its blank, the number of its certificate, its ordinal."""
    text = text.strip().upper()
    which = Q(blank__serial=text) | Q(certificate__number__number=text)
    if text.isdecimal() and len(text) <= len(str(run.sheet_count)):
        which |= Q(ordinal=int(text))
    sheets = list(run.sheets.select_related("certificate__number").filter(which)[:2])
    if len(sheets) != 1:
        raise BadInput(f"这次打印中没有「{text}」" if not sheets else f"「{text}」不止一张，请填证书编号")
    return sheets[0]


def _run_context(request: HttpRequest, run: PrintRun, portal: Portal, forms: dict[str, Any]) -> dict[str, Any]:
    sheets = run.sheets.select_related("certificate__number", "blank", "confirmed_by")
    if outcome := request.GET.get("outcome", ""):
        sheets = sheets.filter(outcome=outcome)
    if search := request.GET.get("q", "").strip():
        by_text = Q(blank__serial=search.upper()) | Q(certificate__number__number=search)
        sheets = sheets.filter(by_text | Q(certificate__holder_name__icontains=search))
    return {
        "run": run, "batch": batch_of(run.issue), "portal": portal, "forms": forms, "counts": sheet_counts([run])[run.pk],
        "files": run.files.select_related("file"), "page": page_of(request, sheets), "outcome": outcome, "q": search,
        "counted": _is_counted(run), "again": _is_again(run),
        "has_blanks": run.sheets.filter(blank__isnull=False).exists(), "active": "printing",
    }  # fmt: skip


def _is_counted(run: PrintRun) -> bool:
    return is_on_counted_blanks(run.issue.law, run.document)


def _is_again(run: PrintRun) -> bool:
    """Whether a sheet that was printed well may be printed once more as it is."""
    return not _is_counted(run) and not needs_case(run.issue.law)


def run_file(request: HttpRequest, run_id: int) -> HttpResponse:
    """Send the list of a loaded run; the ledger keeps that it was taken."""
    run = print_run_for(request.user, run_id)
    file = record_download(run=run, by=request.user, at=timezone.now())
    return stored_answer(file, f"装纸清单 {run.issue.school.name} {run.pk}.pdf", inline=True)


def run_part(request: HttpRequest, run_id: int, ordinal: int) -> HttpResponse:
    """Send one file of a loaded run; the part 0 is all of them as one file, or with `sheet` that sheet alone, `with` other runs besides."""
    run = print_run_for(request.user, run_id)
    if ordinal == 0 and run.is_loaded:
        return _pages(request, run)
    part = run.files.select_related("file").filter(ordinal=ordinal).first()
    if part is None:
        raise NotFound
    pdf = take_pages(run=run, part=part, by=request.user, at=timezone.now())
    return made_answer(
        pdf, f"{run.title} {run.issue.school.name} {run.pk}-{ordinal}.pdf", "application/pdf", inline=True
    )


def _pages(request: HttpRequest, run: PrintRun) -> HttpResponse:
    if others := request.GET.getlist("with")[:MOST_TOGETHER]:
        return _together(request, [run, *(print_run_for(request.user, key) for key in dict.fromkeys(others))])
    typed = request.GET.get("sheet", "")
    sheet = _sheet_named(run, typed) if typed else None
    pdf = take_pages(run=run, sheet=sheet, by=request.user, at=timezone.now())
    words = f"第 {sheet.ordinal} 张" if sheet is not None else "全部"
    name = f"{run.title} {run.issue.school.name} {run.pk} {words}.pdf"
    return made_answer(pdf, name, "application/pdf", inline=True)


def _together(request: HttpRequest, found: Sequence[PrintRun]) -> HttpResponse:
    pdf = take_runs(runs=found, by=request.user, at=timezone.now())
    return made_answer(pdf, f"证书 {len(found)} 批.pdf", "application/pdf", inline=True)


def preview_page(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Send the first certificate to print: over the blank, or as it comes out, to try on plain paper."""
    batch = batch_for(request.user, batch_id)
    view = batch.law
    ways = on_blanks(view, batch.issue_at_hand)
    certificate = certificates_of(batch.issue_at_hand).filter(kind="graduation").first()
    if not ways or certificate is None:
        raise NotFound
    chosen = _chosen(request, ways)
    asked = request.GET.get("printer", "")
    calibration = printer_for(request.user, asked).calibrations.first() if asked else None
    over = request.GET.get("over") == "blank" and "proof" in _all_modes(chosen)
    picture = picture_of(_place(request, batch, view), chosen.document) if over else None
    mode = "proof" if over else modes_of(chosen.spec)[0]
    pdf = preview(batch.issue_at_hand, chosen.spec, certificate, mode=mode, calibration=calibration, picture=picture)
    name = f"预览 {chosen.label}.pdf"
    return made_paper(request, pdf, name, "application/pdf", subject=certificate, school=batch.school, persons=1)


def blank_picture(request: HttpRequest, batch_id: int, portal: Portal) -> HttpResponse:
    """Keep a scan of the real blank for previews."""
    batch = batch_for(request.user, batch_id)
    view = batch.law
    ways = on_blanks(view, batch.issue_at_hand)
    if not ways:
        raise NotFound
    chosen = _chosen(request, ways)
    form = PictureForm(request.POST, request.FILES)
    require_valid(form)
    add_blank_picture(
        place=_place(request, batch, view), document=chosen.document, data=form.cleaned_data["picture"].read(),
        by=request.user, at=timezone.now(),
    )  # fmt: skip
    messages.success(request, "扫描件已保存，预览会叠在它上面")
    return redirect(portal.urls["load"], batch.pk)


def _refuse(form: Any, error: XuejiError) -> None:
    if error.http_status in {403, 404}:
        raise error
    add_refusal(form, error)
