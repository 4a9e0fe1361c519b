"""Records about graduates beside the list: what there is, uploads of more, and the forms side by side."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import BadInput
from xueji.core.packs import PackView, WorkbookSpec
from xueji.core.record_facts import RECORD_KINDS
from xueji.exchange.records import record_kinds_of
from xueji.exchange.templates import write_template
from xueji.graduation.queries import batch_for
from xueji.graduation.records.actions import drop_record
from xueji.graduation.records.comparison import compare_forms
from xueji.graduation.records.eligibility import not_recorded_graduated
from xueji.graduation.records.form_data import change_rows
from xueji.graduation.records.queries import record_counts
from xueji.graduation.records.stores import stored_lines
from xueji.uploads.actions import receive_upload
from xueji.uploads.queries import uploads_of
from xueji.web.access import requires, takes_upload
from xueji.web.forms import require_valid
from xueji.web.guidance import guidance_for, terms_of
from xueji.web.listing import made_answer, page_of
from xueji.web.phases import state_tag
from xueji.web.workbook_form import XLSX, WorkbookForm

_PREVIEW = 20


@require_GET
@requires(P.VIEW_BATCHES)
def records(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Show every kind of record the pack asks for, how many graduates have one, and what to do next."""
    batch = batch_for(request.user, batch_id)
    view = batch.law
    counts = record_counts(batch, view)
    context = {
        "batch": batch, "look": state_tag(batch), "counts": counts, "active": "records",
        "guidance": [*terms_of([view], "before_leaving"), *guidance_for(view, "record_graduated", "data_security")],
    }  # fmt: skip
    if any(count["kind"].key == "efile" for count in counts):
        unprocessed = not_recorded_graduated(batch)
        context |= {"unprocessed": unprocessed[:_PREVIEW], "unprocessed_n": len(unprocessed)}
    return render(request, "school/records.html", context)


@require_GET
@requires(P.VIEW_BATCHES)
def record_lines(request: HttpRequest, batch_id: int, kind: str) -> HttpResponse:
    """Show the stored lines of one kind, and where to upload more."""
    batch = batch_for(request.user, batch_id)
    spec = _spec(batch.law, kind)
    columns = [column for column in spec.columns if column.field in RECORD_KINDS[kind].fields]
    page = page_of(request, stored_lines(kind, batch))
    rows = [
        (line, _whom(line), [(column.header, getattr(line, column.field)) for column in columns])
        for line in page.object_list
    ]
    context = {
        "batch": batch, "look": state_tag(batch), "kind": RECORD_KINDS[kind], "workbook": spec, "columns": columns,
        "page": page, "rows": rows, "form": WorkbookForm(), "active": "records",
        "uploads": uploads_of(batch, kind)[:5],
        "workbook_mb": settings.MAX_WORKBOOK_BYTES // 1048576,
    }  # fmt: skip
    if kind == "changes":
        context["own_rows"] = [row for row in change_rows(batch) if not row["line"]]
    return render(request, "school/record_lines.html", context)


@require_POST
@requires(P.RECORD_GRADUATES)
@takes_upload("MAX_WORKBOOK_BYTES")
def record_upload(request: HttpRequest, batch_id: int, kind: str) -> HttpResponse:
    """Take a workbook; reading goes on as a job."""
    batch = batch_for(request.user, batch_id)
    _spec(batch.law, kind)
    form = WorkbookForm(request.POST, request.FILES)
    require_valid(form)
    workbook = form.cleaned_data["workbook"]
    sent = receive_upload(
        kind=kind, subject=batch, workbook=(workbook.name, workbook.read()), by=request.user, at=timezone.now()
    )
    return redirect("uploads:records", sent.pk)


@require_GET
@requires(P.RECORD_GRADUATES)
def record_template(request: HttpRequest, batch_id: int, kind: str) -> HttpResponse:
    """Send the empty workbook of a kind."""
    batch = batch_for(request.user, batch_id)
    spec = _spec(batch.law, kind)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_template(batch.law, kind, path)
        return made_answer(path.read_bytes(), f"{spec.title} {batch.season.label}.xlsx", XLSX)


@require_POST
@requires(P.RECORD_GRADUATES)
def record_drop(request: HttpRequest, batch_id: int, kind: str) -> HttpResponse:
    """Take one stored line away, with the reason."""
    batch = batch_for(request.user, batch_id)
    _spec(batch.law, kind)
    drop_record(
        kind=kind, batch=batch, record_id=_key(request.POST.get("record", "")),
        reason=request.POST.get("reason", ""), by=request.user, at=timezone.now(),
    )  # fmt: skip
    messages.success(request, "已删去，履历中保留原内容")
    return redirect("school:record_lines", batch.pk, kind)


@require_GET
@requires(P.VIEW_BATCHES)
def form_comparison(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Show receipt, number application, list and audit form side by side, and the handbooks drawn."""
    batch = batch_for(request.user, batch_id)
    checks = batch.spot_checks.select_related("draw").prefetch_related("draw__items__spot_check_item__candidate")
    context = {
        "batch": batch, "look": state_tag(batch), "active": "comparison", "compares": bool(batch.law.rules("forms")),
        "comparison": compare_forms(batch), "checks": checks,
        "promised": batch.draw_commitments.filter(spot_check=None).select_related("commitment").first(), "guidance": guidance_for(batch.law, "forms_agree"),
    }  # fmt: skip
    return render(request, "school/comparison.html", context)


def _spec(view: PackView, kind: str) -> WorkbookSpec:
    if kind not in record_kinds_of(view):
        raise BadInput(f"这里没有这种表册：{kind[:20]}")
    return view.workbook(kind)


def _key(text: str) -> str:
    if not text or len(text) > 40 or not text.replace("-", "").isalnum():
        raise BadInput("请选择要删去的一行")
    return text


def _whom(line: Any) -> dict[str, Any]:
    """Return the name of whom a line is about, and what tells who it is: the graduate listed, else the line itself.

    Somebody who left (转出) stands on no list of graduates: such a line has only its own words.
    """
    listed = line.candidate
    return {
        "name": getattr(line, "name", "") or (listed.name if listed else ""),
        "identified": listed or line,
    }
