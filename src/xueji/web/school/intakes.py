"""Uploads: receive, show everything that was found, confirm or discard."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.db.models import Case, Count, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import NotFound
from xueji.core.findings import Severity
from xueji.exchange.templates import photo_lines
from xueji.graduation.actions import confirm_intake, discard_intake, receive_workbook
from xueji.graduation.models import Intake, IntakeState
from xueji.graduation.queries import batch_for, batches_visible_to
from xueji.web.access import requires, takes_upload
from xueji.web.downloads import stored_paper
from xueji.web.forms import posted
from xueji.web.guidance import told
from xueji.web.listing import page_of, stored_answer
from xueji.web.looks import note_photos
from xueji.web.school.batches import state_tag
from xueji.web.school.forms import UploadForm

_WEIGHT = Case(When(severity="error", then=Value(0)), When(severity="warning", then=Value(1)), default=Value(2), output_field=IntegerField())  # fmt: skip
_PREVIEW = 20


@require_http_methods(["GET", "POST"])
@requires(P.PREPARE_BATCH)
@takes_upload("MAX_WORKBOOK_BYTES", "MAX_PHOTO_ARCHIVE_BYTES")
def upload(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Take a workbook and a photo archive; reading goes on as a job."""
    batch = batch_for(request.user, batch_id)
    form = UploadForm(posted(request), request.FILES if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        workbook, photos = form.cleaned_data["workbook"], form.cleaned_data["photos"]
        intake = receive_workbook(
            batch=batch,
            workbook=(workbook.name, workbook.read()),
            photos=(photos.name, photos.read()) if photos else None,
            by=request.user,
            at=timezone.now(),
        )
        return redirect("school:intake", intake.pk)
    view = batch.law
    context = {
        "batch": batch,
        "look": state_tag(batch),
        "form": form,
        "told": told(view, "upload"),
        "workbook": view.workbook("graduates"),
        "photo": view.photo_profile("diploma"),
        "photo_lines": photo_lines(view.photo_profile("diploma")),
        "workbook_mb": settings.MAX_WORKBOOK_BYTES // 1048576,
        "photos_mb": settings.MAX_PHOTO_ARCHIVE_BYTES // 1048576,
        "active": "upload",
    }
    return render(request, "school/upload.html", context, status=422 if form.is_bound else 200)


@require_GET
@requires(P.VIEW_BATCHES)
def intake(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Show an upload: progress while it is read, then every finding, a preview and what changes."""
    found = _intake_for(request, intake_id)
    chosen = {key: request.GET.get(key, "") for key in ("severity", "column")}
    findings = found.findings.filter(**{key: value for key, value in chosen.items() if value})
    page = page_of(request, findings.annotate(weight=_WEIGHT).order_by("weight", "row", "id"))
    context = {"intake": found, "batch": found.batch, "page": page, "chosen": chosen}
    if request.htmx and request.htmx.target == "findings":
        return render(request, "school/_findings.html", context)
    by_column = found.findings.exclude(column="").values("column").annotate(count=Count("id")).order_by("-count")
    context |= {
        "look": state_tag(found.batch),
        "columns": list(by_column),
        "changes": dict(found.rows.order_by().values_list("change").annotate(count=Count("id"))),
        "changed_rows": found.rows.filter(change="changed")[:_PREVIEW],
        "preview": found.rows.exclude(change="removed")[:_PREVIEW],
        "removed": found.rows.filter(change="removed").values_list("name", flat=True)[:_PREVIEW],
        "severities": [(str(one), one.label) for one in Severity],
        "is_open": found.state == IntakeState.READY,
        "active": "upload",
    }
    return render(request, "school/intake.html", context)


@require_GET
@requires(P.PREPARE_BATCH)
def error_workbook(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Send the uploaded workbook back with every bad cell marked and explained."""
    found = _intake_for(request, intake_id)
    if found.error_workbook is None:
        raise NotFound
    stem = found.workbook_name.rsplit(".", 1)[0]
    return stored_paper(
        request, found.error_workbook, f"{stem} 检查结果.xlsx", subject=found, school=found.batch.school,
        persons=found.row_count,
    )  # fmt: skip


@require_POST
@requires(P.PREPARE_BATCH)
def confirmation(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Put a faultless upload into the register and the batch."""
    found = _intake_for(request, intake_id)
    confirm_intake(intake=found, by=request.user, at=timezone.now())
    messages.success(request, f"已确认入库：{found.row_count} 名毕业生")
    return redirect("school:batch", found.batch_id)


@require_POST
@requires(P.PREPARE_BATCH)
def discard(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Give an upload up; nothing of it was stored in the register."""
    found = _intake_for(request, intake_id)
    discard_intake(intake=found, by=request.user, at=timezone.now())
    messages.info(request, "已放弃这份上传，名单未作改动")
    return redirect("school:upload", found.batch_id)


@require_GET
@requires(P.VIEW_BATCHES)
def row_photo(request: HttpRequest, intake_id: int, row_id: str) -> HttpResponse:
    """Send the photograph of a row that is not confirmed yet."""
    row = get_object_or_404(_intake_for(request, intake_id).rows.select_related("photo"), pk=row_id)
    if row.photo is None:
        raise NotFound
    note_photos(request, row.intake.batch, row.intake.batch.school_id)
    return stored_answer(row.photo, "photo.jpg", inline=True)


def _intake_for(request: HttpRequest, intake_id: int) -> Intake:
    """Return an upload of a batch the person may see, else NotFound."""
    visible = Intake.objects.filter(batch__in=batches_visible_to(request.user).order_by())
    related = visible.select_related(
        "batch__season", "batch__school", "batch__case", "job", "uploaded_by", "workbook", "error_workbook"
    )
    found = related.filter(pk=intake_id).first()
    if found is None:
        raise NotFound
    return found
