"""A whole area registered by one workbook: the page that takes it, and the empty form."""

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
from xueji.directory.columns import FORMS, TITLE
from xueji.directory.kinds import DIRECTORY, KEY
from xueji.exchange.templates import write_forms
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
@requires(P.MANAGE_INSTITUTIONS)
@takes_upload("MAX_WORKBOOK_BYTES")
def send(request: HttpRequest, authority_id: int) -> HttpResponse:
    """Take the workbook of an authority's area; reading goes on as a job."""
    authority = DIRECTORY.subject.find(request.user, authority_id)
    form = WorkbookForm(posted(request), request.FILES if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        workbook = form.cleaned_data["workbook"]
        sent = receive_upload(
            kind=KEY, subject=authority, workbook=(workbook.name, workbook.read()), by=request.user, at=timezone.now()
        )
        return redirect("uploads:directory", sent.pk)
    context = {
        "authority": authority, "form": form, "sheets": FORMS.values(),
        "uploads": uploads_of(authority, KEY)[:_LISTED],
        "workbook_mb": settings.MAX_WORKBOOK_BYTES // 1048576,
    }  # fmt: skip
    return render(request, "authority/directory/send.html", context, status=422 if form.is_bound else 200)


@require_GET
@requires(P.MANAGE_INSTITUTIONS)
def template(_request: HttpRequest) -> HttpResponse:
    """Send the empty workbook."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_forms(tuple(FORMS.values()), path, title=TITLE)
        return made_answer(path.read_bytes(), f"{TITLE}.xlsx", XLSX)


def _context(upload: Upload) -> dict[str, Any]:
    return {"authority": upload.subject}


register_page(
    UploadPage(
        name="directory",
        path="office/directory/",
        kinds=(KEY,),
        view=P.MANAGE_INSTITUTIONS,
        act=P.MANAGE_INSTITUTIONS,
        frame="authority/directory/upload.html",
        context=_context,
        again=lambda upload: reverse("authority:send_directory", args=[upload.subject_id]),
        done=lambda _upload: f"{reverse('authority:accounts')}?lack=password",
        words=UploadWords(
            each="名称",
            before="确认后一次登记全部各行，或者一行也不登记；之前不会改动任何数据。",
            confirmed="已登记 {count} 行；下面是还没有密码的账号，可以打印密码条",
            discard="放弃这份上传？单位和账号不会改动。",
            discarded="已放弃这份上传，单位和账号未作改动",
        ),
        shows_identity=False,
    )
)
