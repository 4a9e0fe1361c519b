"""The papers of an application: each a task of its own, photographed, looked at, taken back."""

from __future__ import annotations

import base64
import binascii
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.applications.actions import MAX_MATERIAL_BYTES, MAX_PAGES, add_material, remove_material, sign_commitment
from xueji.applications.draft_queries import DraftShown, draft_shown
from xueji.applications.facts import COMMITMENT, MaterialStatus, law_for
from xueji.applications.models import Application
from xueji.applications.queries import application_for, is_returned, material_for
from xueji.core.errors import BadInput, NotFound, XuejiError
from xueji.core.service_specs import PaperSpec
from xueji.web.access import for_applicants, takes_upload
from xueji.web.asking import Question, ask, is_confirmed
from xueji.web.listing import stored_answer

_OWN = "the own applications; another's is not found"
_PREFIX = "data:image/png;base64,"
_SCHOOLS = {"operating": "原毕业学校", "merged": "合并后的学校", "closed": "举办者或档案保管单位"}
_FROM = {
    "applicant": "您本人", "admission_office": "省招生办公室", "health_authority": "卫生主管部门", "police": "公安机关",
}  # fmt: skip


def origin_of(application: Application, spec: PaperSpec) -> str:
    """Return from whom a paper is to be had."""
    return _SCHOOLS[application.school_state] if spec.origin == "school" else _FROM[spec.origin]


def _paper_of(draft: DraftShown, key: str) -> MaterialStatus:
    """Return a paper of the list; NotFound for one this application does not ask for."""
    status = next((status for status in draft.papers if status.paper.spec.key == key), None)
    if status is None:
        raise NotFound("这份申请不需要这项材料，或者前面的情况还没有填完")
    return status


@takes_upload("MAX_PICTURES_BYTES")
@for_applicants(_OWN)
@require_http_methods(["GET", "POST"])
def paper(request: HttpRequest, graduate_application_id: UUID, paper_key: str) -> HttpResponse:
    """Show a paper: why, from whom, its pictures with what was remarked; take further pictures."""
    mine = application_for(request.applicant, graduate_application_id)
    if mine.state != Application.State.DRAFT and not is_returned(mine) and request.method == "GET":
        return redirect("applicant:application", mine.pk)
    status = _paper_of(draft_shown(mine), paper_key)
    if request.method == "POST":
        _take(request, mine, paper_key, request.FILES.getlist("pictures"))
        if is_returned(mine):
            return redirect("applicant:application", mine.pk)
        return redirect("applicant:paper", mine.pk, paper_key)
    view, spec = law_for(mine), status.paper.spec
    others = [view.entry("paper", key, PaperSpec) for key in status.paper.any_of if key != spec.key]
    context = {
        "application": mine, "status": status, "spec": spec, "clauses_of_it": spec.clauses[mine.kind], "others": others,
        "origin": origin_of(mine, spec), "max_pages": MAX_PAGES, "max_bytes": MAX_MATERIAL_BYTES,
        "is_commitment": spec.key == COMMITMENT,
    }  # fmt: skip
    return render(request, "applicant/paper.html", context)


def _take(request: HttpRequest, mine: Application, paper_key: str, files: list[UploadedFile]) -> None:
    """Keep each picture that can be kept; what cannot is named, and only when nothing could the page is refused."""
    if not files:
        raise BadInput("请先拍照或选择图片")
    refused: list[XuejiError] = []
    for file in files:
        try:
            _keep(request, mine, paper_key, file)
        except XuejiError as error:
            refused.append(error)
            messages.error(request, f"「{file.name}」没有收下：{error.message}")
    if len(refused) == len(files):
        raise refused[0]
    messages.success(request, f"已保存 {len(files) - len(refused)} 张")


def _keep(request: HttpRequest, mine: Application, paper_key: str, file: UploadedFile) -> None:
    if file.size > MAX_MATERIAL_BYTES:  # not read at all
        raise BadInput(
            f"图片有 {file.size / 1048576:.1f} MB，超过 {MAX_MATERIAL_BYTES // 1048576} MB：请用手机普通画质重拍"
        )
    add_material(application=mine, paper=paper_key, data=file.read(), by=request.applicant.user, at=timezone.now())


@for_applicants("the own picture; another's is not found")
@require_GET
def picture(request: HttpRequest, picture_id: UUID) -> HttpResponse:
    """Show a picture to whoever sent it."""
    sent = material_for(request.applicant, picture_id)
    return stored_answer(sent.file, f"{sent.paper}-{sent.ordinal}.jpg", inline=True)


@for_applicants("the own picture; another's is not found")
@require_POST
def picture_removal(request: HttpRequest, picture_id: UUID) -> HttpResponse:
    """Take a picture out of a draft, once asked."""
    sent = material_for(request.applicant, picture_id)
    page = redirect("applicant:paper", sent.application_id, sent.paper)
    if not is_confirmed(request):
        lines = [("图片", f"第 {sent.ordinal} 张")]
        return ask(request, Question("删去这张图片？", lines, "删去", is_danger=True, warning="删去以后不能恢复。"))
    remove_material(material=sent, by=request.applicant.user, at=timezone.now())
    messages.success(request, "已删去")
    return page


@for_applicants(_OWN)
@require_POST
def commitment(request: HttpRequest, graduate_application_id: UUID) -> HttpResponse:
    """Sign the commitment to the truth of the papers on the screen."""
    mine = application_for(request.applicant, graduate_application_id)
    sign_commitment(application=mine, drawing=_drawn(request), by=request.applicant.user, at=timezone.now())
    messages.success(request, "承诺书已经签署")
    return redirect("applicant:application", mine.pk)


def _drawn(request: HttpRequest) -> bytes:
    """Return the picture of the signature; empty for what is none, which the action refuses in words."""
    text = request.POST.get("drawing", "")
    if not text.startswith(_PREFIX):
        return b""
    try:
        return base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        return b""
