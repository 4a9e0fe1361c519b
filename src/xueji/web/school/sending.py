"""The page to which a school's list of graduates is dragged."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.exchange.templates import photo_lines
from xueji.graduation.queries import batch_for
from xueji.uploads.actions import receive_upload
from xueji.web.access import requires, takes_upload
from xueji.web.forms import posted
from xueji.web.guidance import guidance_for
from xueji.web.school.batches import state_tag
from xueji.web.school.forms import UploadForm


@require_http_methods(["GET", "POST"])
@requires(P.PREPARE_BATCH)
@takes_upload("MAX_WORKBOOK_BYTES", "MAX_PHOTO_ARCHIVE_BYTES")
def upload(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Take a workbook and a photo archive; reading goes on as a job."""
    batch = batch_for(request.user, batch_id)
    form = UploadForm(posted(request), request.FILES if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        workbook, photos = form.cleaned_data["workbook"], form.cleaned_data["photos"]
        sent = receive_upload(
            kind="graduates",
            subject=batch,
            workbook=(workbook.name, workbook.read()),
            photos=(photos.name, photos.read()) if photos else None,
            by=request.user,
            at=timezone.now(),
        )
        return redirect("uploads:graduates", sent.pk)
    view = batch.law
    context = {
        "batch": batch,
        "look": state_tag(batch),
        "form": form,
        "guidance": guidance_for(view, "upload"),
        "workbook": view.workbook("graduates"),
        "photo": view.photo_profile("diploma"),
        "photo_lines": photo_lines(view.photo_profile("diploma")),
        "workbook_mb": settings.MAX_WORKBOOK_BYTES // 1048576,
        "photos_mb": settings.MAX_PHOTO_ARCHIVE_BYTES // 1048576,
        "active": "upload",
    }
    return render(request, "school/upload.html", context, status=422 if form.is_bound else 200)
