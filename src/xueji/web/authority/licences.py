"""Licences are published: the page of a province that takes the table, and the empty form."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.exchange.templates import write_forms
from xueji.licences.kinds import KEY, LICENCES, SHEET
from xueji.uploads.actions import receive_upload
from xueji.uploads.models import Upload
from xueji.uploads.queries import uploads_of
from xueji.web.access import requires, takes_upload
from xueji.web.forms import posted
from xueji.web.listing import made_answer
from xueji.web.upload_pages import UploadPage, UploadWords, register_page
from xueji.web.workbook_form import XLSX, WorkbookForm

_LISTED = 5


@require_http_methods(["GET", "POST"])
@requires(P.PUBLISH_LICENCES)
@takes_upload("MAX_WORKBOOK_BYTES")
def send(request: HttpRequest, authority_id: int) -> HttpResponse:
    """Take the table of a province's licences; reading goes on as a job."""
    authority = LICENCES.subject.find(request.user, authority_id)
    form = WorkbookForm(posted(request), request.FILES if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        workbook = form.cleaned_data["workbook"]
        sent = receive_upload(
            kind=KEY, subject=authority, workbook=(workbook.name, workbook.read()), by=request.user, at=timezone.now()
        )
        return redirect("uploads:licences", sent.pk)
    context = {
        "authority": authority, "form": form, "sheet": SHEET, "uploads": uploads_of(authority, KEY)[:_LISTED],
        "workbook_mb": settings.MAX_WORKBOOK_BYTES // 1048576,
    }  # fmt: skip
    return render(request, "authority/licences/send.html", context, status=422 if form.is_bound else 200)


@require_GET
@requires(P.PUBLISH_LICENCES)
def template(_request: HttpRequest) -> HttpResponse:
    """Send the empty form."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_forms((SHEET,), path, title=SHEET.title)
        return made_answer(path.read_bytes(), f"{SHEET.title}.xlsx", XLSX)


def _context(upload: Upload) -> dict[str, Any]:
    return {"authority": upload.subject}


register_page(
    UploadPage(
        name="licences",
        path="office/licences/",
        kinds=(KEY,),
        view=P.PUBLISH_LICENCES,
        act=P.PUBLISH_LICENCES,
        frame="authority/licences/upload.html",
        context=_context,
        again=lambda upload: reverse("authority:send_licences", args=[upload.subject_id]),
        done=lambda _upload: reverse("licence_publications"),
        words=UploadWords(
            each="学校和专业",
            against="与现行公布的",
            before="确认后，文件写到的每个招生季整季代替上一版；之前的各版仍可查看。",
            confirmed="已公布 {count} 行招生资质",
            discard="放弃这份上传？现行的招生资质不会改动。",
            discarded="已放弃这份上传，现行的招生资质未作改动",
            removed="确认后不再有资质",
        ),
        shows_identity=False,
    )
)
