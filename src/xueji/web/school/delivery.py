"""Diplomas at the school: parcels received, photograph and steel seal, hand-out, papers kept for good."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.certificates.models import Certificate, CertificateState
from xueji.certificates.stages import process_of
from xueji.core.errors import BadInput, XuejiError
from xueji.graduation.issues import batch_of
from xueji.graduation.models import Batch
from xueji.graduation.queries import batch_for
from xueji.production.actions import (
    CopyReceived,
    correct_hand_out,
    emboss_diplomas,
    find_missing,
    hand_out,
    lodge_archive_copies,
    receive_parcel,
)
from xueji.production.archive import copies_due
from xueji.production.form_data import certificates_of, in_paper_order
from xueji.production.models import ArchiveCopy, HandOut, Parcel
from xueji.production.queries import (
    diplomas_to_emboss,
    embossed_count,
    hand_out_entry_for,
    hand_outs_of,
    handed_out_count,
    has_arrived,
    is_handed_out,
    parcel_for,
    refusals_of,
    troubles_of,
)
from xueji.production.withholding import withheld
from xueji.web.access import requires
from xueji.web.asking import MOST_NAMES, Question, ask, is_confirmed, named
from xueji.web.context import joined
from xueji.web.forms import add_refusal
from xueji.web.guidance import guidance_for
from xueji.web.listing import page_of
from xueji.web.school.batches import state_tag
from xueji.web.school.delivery_forms import CorrectionForm, HandOutForm, NumberRangeForm, ParcelReceiptForm

_AT_ONCE = 2000


@require_http_methods(["GET", "POST"])
@requires(P.HAND_OUT_DIPLOMAS)
def parcels(request: HttpRequest, batch_id: int) -> HttpResponse:
    """List the parcels of a batch; receive one: what was counted, what is missing or damaged."""
    batch = batch_for(request.user, batch_id)
    form = ParcelReceiptForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            parcel = parcel_for(request.user, form.cleaned_data["parcel"])
            try:
                receive_parcel(
                    parcel=parcel, counted=form.cleaned_data["counted"], troubles=form.troubles(),
                    note=form.cleaned_data["note"], by=request.user, at=timezone.now(),
                )  # fmt: skip
            except XuejiError as error:
                status = _refused(form, error)
            else:
                messages.success(request, f"已接收第 {parcel.ordinal} 包")
                return redirect("school:parcels", batch.pk)
    found = batch.issue.parcels.select_related("sent_by", "received_by")
    context = joined(
        _head(batch, "delivery"), {"parcels": [(parcel, troubles_of(parcel)) for parcel in found], "form": form}
    )
    return render(request, "school/parcels.html", context, status=status)


@require_POST
@requires(P.HAND_OUT_DIPLOMAS)
def parcel_items(request: HttpRequest, parcel_id: int) -> HttpResponse:
    """Record that what was missing came after all."""
    parcel: Parcel = parcel_for(request.user, parcel_id)
    count = find_missing(parcel=parcel, certificates=_ids(request), by=request.user, at=timezone.now())
    messages.success(request, f"已登记补到 {count} 本")
    return redirect("school:parcels", batch_of(parcel.issue).pk)


@require_http_methods(["GET", "POST"])
@requires(P.HAND_OUT_DIPLOMAS)
def emboss(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Confirm photograph and steel seal, one by one or by range of numbers."""
    batch = batch_for(request.user, batch_id)
    form = NumberRangeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                chosen = _ids(request) or _in_range(batch, form.cleaned_data)
                count = emboss_diplomas(
                    issue=batch.issue_at_hand, certificates=chosen, by=request.user, at=timezone.now()
                )
            except XuejiError as error:
                status = _refused(form, error)
            else:
                messages.success(request, f"已确认 {count} 本")
                return redirect("school:emboss", batch.pk)
    found = diplomas_to_emboss(batch.issue_at_hand)
    context = joined(_head(batch, "delivery"), {
        "form": form, "page": page_of(request, found), "total": certificates_of(batch.issue_at_hand).count(),
        "done": embossed_count(batch.issue_at_hand), "guidance": guidance_for(batch.law, "emboss"),
    })  # fmt: skip
    return render(request, "school/emboss.html", context, status=status)


@require_http_methods(["GET", "POST"])
@requires(P.HAND_OUT_DIPLOMAS)
def hand_outs(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The desk where diplomas are handed out; who gets none yet, and why, stands beside the name."""
    batch = batch_for(request.user, batch_id)
    form = HandOutForm(request.POST or None)
    status = 200
    report = None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                chosen = _everybody(batch) if "everybody" in request.POST else _ids(request)
                if chosen and not is_confirmed(request):
                    return ask(request, _handing(batch, chosen, form))
                report = hand_out(
                    issue=batch.issue_at_hand, certificates=chosen, receiver=form.receiver(), on=form.cleaned_data["handed_on"],
                    by=request.user, at=timezone.now(),
                )  # fmt: skip
            except XuejiError as error:
                status = _refused(form, error)
            else:
                messages.success(
                    request, f"已发放 {len(report.handed)} 本，本批次未发放 {_undelivered(batch).count()} 本"
                )
                if not report.withheld:
                    return redirect("school:hand_out", batch.pk)
                status = 200
    return render(request, "school/hand_out.html", _desk(request, batch, form, report), status=status)


@require_http_methods(["GET", "POST"])
@requires(P.HAND_OUT_DIPLOMAS)
def hand_out_entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Show the record of one hand-out with its corrections; correct it by a further entry."""
    entry: HandOut = hand_out_entry_for(request.user, entry_id)
    batch = batch_of(entry.certificate.issue)
    form = CorrectionForm(request.POST or None, initial={"handed_on": entry.handed_on, "name": entry.received_by_name})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                correct_hand_out(
                    entry=entry, receiver=form.receiver(), on=form.cleaned_data["handed_on"],
                    reason=form.cleaned_data["reason"], by=request.user, at=timezone.now(),
                )  # fmt: skip
            except XuejiError as error:
                status = _refused(form, error)
            else:
                messages.success(request, "已追加更正记录，原记录保留")
                return redirect("school:hand_out", batch.pk)
    entries = hand_outs_of([entry.certificate_id])
    is_newest = all(other.corrects_id != entry.pk for other in entries)
    context = joined(
        _head(batch, "delivery"), {"entry": entry, "entries": entries, "form": form, "is_newest": is_newest}
    )
    return render(request, "school/hand_out_entry.html", context, status=status)


@require_http_methods(["GET", "POST"])
@requires(P.PRINT_DOCUMENTS)
def archive(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The papers of a batch that are kept for good; the school records its own."""
    batch = batch_for(request.user, batch_id)
    due = copies_due(batch.issue_at_hand)
    if request.method == "POST":
        received = [
            CopyReceived(copy.keeper, copy.document, mark)
            for copy in due
            if (mark := request.POST.get(f"mark-{copy.keeper}-{copy.document}", "").strip())
        ]
        lodge_archive_copies(issue=batch.issue_at_hand, copies=received, by=request.user, at=timezone.now())
        messages.success(request, f"已登记存档 {len(received)} 份")
        return redirect("school:archive", batch.pk)
    context = joined(_head(batch, "delivery"), {
        "due": due, "copies": batch.issue.archive_copies.select_related("received_by"), "school_keeper": ArchiveCopy.Keeper.SCHOOL,
        "guidance": guidance_for(batch.law, "archive"),
    })  # fmt: skip
    return render(request, "school/archive.html", context)


def _desk(request: HttpRequest, batch: Batch, form: HandOutForm, report: Any) -> dict[str, Any]:
    found = _narrowed(request, in_paper_order(certificates_of(batch.issue_at_hand), batch.law))
    page = page_of(request, found)
    rows = list(page.object_list)
    newest = {hand_out.certificate_id: hand_out for hand_out in hand_outs_of(row.pk for row in rows)}
    waiting = [row for row in rows if row.pk not in newest and row.state == CertificateState.SEALED]
    barred = withheld(batch.issue_at_hand, waiting, batch.law)
    given = handed_out_count(batch.issue_at_hand)
    return _head(batch, "delivery") | {
        "form": form, "report": report, "page": page, "q": request.GET.get("q", ""), "show": request.GET.get("show", ""),
        "rows": [(row, newest.get(row.pk), barred.get(row.pk)) for row in rows],
        "refused": refusals_of(row.pk for row in rows),
        "total": certificates_of(batch.issue_at_hand).count(), "given": given,
        "valid": certificates_of(batch.issue_at_hand).filter(state=CertificateState.SEALED).count(),
        "guidance": guidance_for(batch.law, "hand_out"), "left": len(_everybody(batch)), "undelivered": _undelivered(batch).count(),
    }  # fmt: skip


def _handing(batch: Batch, chosen: list[UUID], form: HandOutForm) -> Question:
    """Ask before diplomas are handed out: whose, which numbers, to whom, on which day."""
    wanted = list(_undelivered(batch).filter(pk__in=chosen))
    barred = withheld(batch.issue_at_hand, wanted, batch.law)
    found = [certificate for certificate in wanted if certificate.pk not in barred]
    rows = [f"{certificate.number.number} {certificate.holder_name}" for certificate in found[:MOST_NAMES]]
    more = [f"等 {len(found)} 本"] if len(found) > len(rows) else []
    entered = form.cleaned_data
    receiver = (
        f"代领：{entered['name']}（{entered['document']}）" if entered["is_proxy"] else entered["name"] or "毕业生本人"
    )
    lines = [
        ("证书", f"{len(found)} 本"),
        ("编号、姓名", "\n".join(rows + more)),
        ("领取人", receiver),
        ("领取日期", f"{entered['handed_on']:%Y-%m-%d}"),
        ("发放之后", f"本批次未发放还有 {_undelivered(batch).count() - len(found)} 本"),
    ]
    if barred:
        names = [certificate.holder_name for certificate in wanted if certificate.pk in barred]
        lines.append(("按规定暂不发放", f"{len(names)} 本：{named(names)}"))
    warning = "发放记录不能撤销，只能追加更正。"
    return Question(f"发放 {len(found)} 本证书：请先核对", lines, f"确认发放 {len(found)} 本", warning=warning)


def _undelivered(batch: Batch) -> QuerySet[Certificate]:
    """Return the valid diplomas of a batch that were not handed out, wherever they lie."""
    found = certificates_of(batch.issue_at_hand).filter(~is_handed_out(), state=CertificateState.SEALED)
    return in_paper_order(found, batch.law)


def _narrowed(request: HttpRequest, found: QuerySet[Certificate]) -> QuerySet[Certificate]:
    if search := request.GET.get("q", "").strip():
        found = found.filter(Q(number__number=search) | Q(holder_name__icontains=search))
    if (show := request.GET.get("show", "")) == "waiting":
        found = found.filter(~is_handed_out())
    elif show == "given":
        found = found.filter(is_handed_out())
    return found


def _everybody(batch: Batch) -> list[UUID]:
    """Return every valid diploma of a batch that was not handed out."""
    found = _undelivered(batch)
    if "dispatch" in _stage_keys(batch):
        found = found.filter(has_arrived())
    return list(found.values_list("pk", flat=True)[:_AT_ONCE])


def _stage_keys(batch: Batch) -> set[str]:
    process = process_of(batch.issue_at_hand)
    return {stage.key for stage in process.stages} if process else set()


def _in_range(batch: Batch, chosen: dict[str, Any]) -> list[UUID]:
    """Return the diplomas of a batch from number to number that were not confirmed yet."""
    if not (chosen["first"] and chosen["last"]):
        raise BadInput("请勾选证书，或填写起止编号")
    shown = in_paper_order(certificates_of(batch.issue_at_hand), batch.law)
    numbers = list(shown.values_list("number__number", "pk"))
    inside = [number for number, _ in numbers]
    if missing := [number for number in (chosen["first"], chosen["last"]) if number not in inside]:
        raise BadInput(f"本批次没有证书编号：{'、'.join(missing)}")
    first, last = inside.index(chosen["first"]), inside.index(chosen["last"])
    return [pk for _, pk in numbers[min(first, last) : max(first, last) + 1]]


def _ids(request: HttpRequest) -> list[UUID]:
    try:
        return [UUID(pk) for pk in request.POST.getlist("ids")]
    except ValueError:
        raise BadInput("请重新勾选证书") from None


def _head(batch: Batch, active: str) -> dict[str, Any]:
    return {"batch": batch, "look": state_tag(batch), "active": active, "stages_here": _stage_keys(batch)}


def _refused(form: Any, error: XuejiError) -> int:
    if error.http_status in {403, 404}:
        raise error
    add_refusal(form, error)
    return error.http_status
